/*
 * http: see http.h. Requests that come together are answered in turn. What is malformed, late or
 * has a body ends the connection: where the next request begins is not known then. Nor is a
 * connection kept for long: a reload and a stop of its pool wait for it.
 */
#include "client/web/http.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/web/feed.h"
#include "client/web/host.h"
#include "client/web/pages.h"
#include "client/web/request.h"
#include "client/web/response.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/log.h"
#include "common/status.h"

enum {
    NAME_SIZE = 253, /* of a host, as it is named to the client: that of the longest there is */
    MISDIRECTED_SIZE = NAME_SIZE + 128,
};

/* What has been received, and not answered. */
struct inbox {
    char bytes[REQUEST_SIZE_MAX];
    size_t length;
};

/* What came in place of a request. */
enum arrival { ARRIVAL_REQUEST, ARRIVAL_MALFORMED, ARRIVAL_LATE, ARRIVAL_END };

/* Receive what comes next, until DEADLINE_NS. Returns ARRIVAL_REQUEST where something has come, and
 * may be one. */
static enum arrival receive(struct inbox *inbox, int64_t deadline_ns)
{
    ssize_t got;

    if (io_wait(STDIN_FILENO, POLLIN, deadline_ns) < 0)
        return inbox->length == 0 ? ARRIVAL_END : ARRIVAL_LATE;
    do
        got =
            read(STDIN_FILENO, inbox->bytes + inbox->length, sizeof(inbox->bytes) - inbox->length);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return inbox->length == 0 || got < 0 ? ARRIVAL_END : ARRIVAL_MALFORMED;
    inbox->length += (size_t)got;
    return ARRIVAL_REQUEST;
}

/* Receive a request, whole. */
static enum arrival receive_request(struct inbox *inbox, struct request *request,
                                    int64_t deadline_ns)
{
    enum request_verdict verdict;
    enum arrival arrival = ARRIVAL_REQUEST;

    while ((verdict = request_parse(inbox->bytes, inbox->length, request)) == REQUEST_INCOMPLETE &&
           arrival == ARRIVAL_REQUEST)
        arrival = receive(inbox, deadline_ns);
    return verdict == REQUEST_MALFORMED ? ARRIVAL_MALFORMED : arrival;
}

/* Forget the request that has been answered. */
static void forget(struct inbox *inbox, const struct request *request)
{
    inbox->length -= request->length;
    memmove(inbox->bytes, inbox->bytes + request->length, inbox->length);
}

/* Send TEXT with STATUS. Returns as response_send(). */
static int send_text(const struct site *site, int status, const char *headers, const char *text,
                     const struct request *request, bool keeps)
{
    const struct response response = {.status = status,
                                      .type = "text/plain; charset=utf-8",
                                      .headers = headers,
                                      .body = text,
                                      .size = strlen(text)};

    return response_send(&response, request->is_head, keeps, clock_now_ns() + site->timeout_ns);
}

/* Send PAGE. Returns as response_send(). */
static int send_page(const struct site *site, const struct page *page,
                     const struct request *request, bool keeps)
{
    struct response response = {.status = 200, .type = "text/plain; charset=utf-8"};
    char *body = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&body, &size);
    int sent = -1;

    if (out == NULL)
        return -1;
    page->print(site, request, &response, out);
    if (fclose(out) == 0) {
        response.body = body;
        response.size = size;
        sent = response_send(&response, request->is_head, keeps, clock_now_ns() + site->timeout_ns);
    }
    free(body);
    return sent;
}

/* Returns whether REQUEST, for PAGE or for none, is for a host under which the master is shown. */
static bool is_for_us(const struct site *site, const struct request *request,
                      const struct page *page)
{
    if (page != NULL && page->is_probed && site->names == NULL)
        return true;
    return host_is_served(&request->host, site->names);
}

/* Send that another host is meant, and what helps. Returns as response_send(). */
static int send_misdirected(const struct site *site, const struct request *request, bool keeps)
{
    char text[MISDIRECTED_SIZE];
    size_t length = request->host.length < NAME_SIZE ? request->host.length : NAME_SIZE;

    snprintf(text, sizeof(text),
             "this is served as an IP address or localhost, not as %.*s: "
             "preforkctl http --host NAME adds a name\n",
             (int)length, request->host.name);
    return send_text(site, 421, NULL, text, request, keeps);
}

/* Answer REQUEST. Returns 0, or -1 with errno. */
static int answer(const struct site *site, const struct request *request, bool *keeps)
{
    const struct page *page = pages_find(request);

    if (!is_for_us(site, request, page))
        return send_misdirected(site, request, *keeps);
    if (page == NULL)
        return send_text(site, 404, NULL, "there is no such page\n", request, *keeps);
    if (!request->is_get && !request->is_head)
        return send_text(site, 405, "Allow: GET, HEAD\r\n", "GET and HEAD are what there is\n",
                         request, *keeps);
    if (page->print != NULL)
        return send_page(site, page, request, *keeps);
    *keeps = false;
    return feed_send(site, request->is_head);
}

/* Answer what is no request. */
static void refuse(const struct site *site, enum arrival arrival)
{
    static const struct request none = {0};

    if (arrival == ARRIVAL_MALFORMED)
        send_text(site, 400, NULL, "this is no request of HTTP/1.1 in 8192 bytes\n", &none, false);
    else if (arrival == ARRIVAL_LATE)
        send_text(site, 408, NULL, "the request did not arrive in time\n", &none, false);
}

int http_serve(const struct site *site)
{
    struct inbox inbox = {.length = 0};
    int64_t last_ns = clock_now_ns() + site->timeout_ns; /* what comes later is the last request */
    enum arrival arrival;
    bool keeps = true;

    while (keeps) {
        struct request request;

        arrival = receive_request(&inbox, &request, clock_now_ns() + site->timeout_ns);
        if (arrival != ARRIVAL_REQUEST) {
            refuse(site, arrival);
            break;
        }
        keeps = request.keeps && !request.has_body && clock_now_ns() < last_ns;
        if (answer(site, &request, &keeps) < 0) {
            if (errno != ENOMEM)
                break; /* the client has left, or takes nothing */
            warn("cannot answer");
            return STATUS_SYSTEM;
        }
        forget(&inbox, &request);
    }
    return STATUS_OK;
}
