/*
 * pages: see pages.h.
 */
#include "client/web/pages.h"

#include <string.h>

#include "client/control/json.h"
#include "client/control/metrics.h"
#include "client/control/reading.h"
#include "client/control/why/why.h"
#include "client/web/page.h"

void pages_say_unavailable(struct response *response)
{
    response->status = 503;
    response->headers = "Retry-After: 1\r\n";
}

/* Ask the master with COMMAND. Returns whether READING has its reply; if not, the response says
 * why. */
static bool ask(const struct site *site, const char *command, struct reading *reading,
                struct response *response, FILE *out)
{
    char why[READING_WHY_SIZE];

    *reading = (struct reading){0};
    if (reading_ask(reading, site->control, command, site->timeout_ns, why) == STATUS_OK)
        return true;
    pages_say_unavailable(response);
    fprintf(out, "%s\n", why);
    return false;
}

static void print_page(const struct site *site, const struct request *request,
                       struct response *response, FILE *out)
{
    (void)site;
    (void)request;
    response->type = "text/html; charset=utf-8";
    response->policy = page_policy;
    fwrite(page_text, 1, page_size, out);
}

/* Ask the master with COMMAND, and have PRINT make an object of its reply. */
static void print_json(const struct site *site, const char *command,
                       void (*print)(const struct snapshot *snapshot, FILE *out),
                       struct response *response, FILE *out)
{
    struct reading reading;

    if (ask(site, command, &reading, response, out)) {
        response->type = "application/json";
        print(&reading.snapshot, out);
    }
    reading_free(&reading);
}

static void print_status(const struct site *site, const struct request *request,
                         struct response *response, FILE *out)
{
    (void)request;
    print_json(site, "status", json_print_status, response, out);
}

static void print_workers(const struct site *site, const struct request *request,
                          struct response *response, FILE *out)
{
    (void)request;
    print_json(site, "workers", json_print_workers, response, out);
}

static void print_metrics(const struct site *site, const struct request *request,
                          struct response *response, FILE *out)
{
    bool is_open = accept_prefers_openmetrics(&request->accept);
    struct reading reading;

    if (ask(site, "status", &reading, response, out)) {
        response->type = is_open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                 : "text/plain; version=0.0.4; charset=utf-8";
        metrics_print(&reading.snapshot, is_open ? METRICS_OPENMETRICS : METRICS_PROMETHEUS, out);
    }
    reading_free(&reading);
}

/* Explain the pools, with 503 where one stands as BAD or worse. */
static void print_why(const struct site *site, enum standing bad, struct response *response,
                      FILE *out)
{
    struct reading reading;

    if (ask(site, "status", &reading, response, out)) {
        for (size_t i = 0; i < reading.snapshot.pool_count; i++) {
            if (why_judge(&reading.snapshot, &reading.snapshot.pools[i]) >= bad)
                pages_say_unavailable(response);
        }
        why_print(&reading.snapshot, out);
    }
    reading_free(&reading);
}

static void print_health(const struct site *site, const struct request *request,
                         struct response *response, FILE *out)
{
    (void)request;
    print_why(site, STANDING_DOWN, response, out);
}

static void print_readiness(const struct site *site, const struct request *request,
                            struct response *response, FILE *out)
{
    (void)request;
    print_why(site, STANDING_FULL, response, out);
}

static const struct page pages[] = {
    {"/", .print = print_page},
    {"/events", .print = NULL},
    {"/healthz", .is_probed = true, .print = print_health},
    {"/metrics", .is_probed = true, .print = print_metrics},
    {"/readyz", .is_probed = true, .print = print_readiness},
    {"/status.json", .print = print_status},
    {"/workers.json", .print = print_workers},
};

const struct page *pages_find(const struct request *request)
{
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (request->path_length == strlen(pages[i].path) &&
            memcmp(request->path, pages[i].path, request->path_length) == 0)
            return &pages[i];
    }
    return NULL;
}
