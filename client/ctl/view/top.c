/*
 * top: see top.h.
 */
#include "client/ctl/view/top.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/control/reading.h"
#include "client/ctl/view/terminal.h"
#include "client/ctl/view/top_view.h"
#include "client/shared/format.h"
#include "client/shared/program.h"
#include "common/clock.h"
#include "common/log.h"

enum { PLAIN_COLUMNS = 80, TROUBLE_SIZE = 64 + READING_WHY_SIZE };

struct top {
    const char *path;
    struct reading status, workers;
    int64_t answered_ns; /* when the master last answered */
    struct top_view view;
    struct sparkline rates;
    char trouble[TROUBLE_SIZE];
};

static enum status ask_all(struct top *top, int64_t timeout_ns, char why[READING_WHY_SIZE])
{
    enum status status = reading_ask(&top->status, top->path, "status", timeout_ns, why);

    return status != STATUS_OK ? status
                               : reading_ask(&top->workers, top->path, "workers", timeout_ns, why);
}

/* Return how many connections all pools together accepted in the last second. */
static int64_t sum_rates(const struct snapshot *status)
{
    int64_t sum = 0;

    for (size_t i = 0; i < status->pool_count; i++) {
        int64_t rate = status->pools[i].stats.accepted_1s;

        if (rate > 0 && __builtin_add_overflow(sum, rate, &sum))
            return STAT_UNKNOWN;
    }
    return sum;
}

/* Ask again. If there is no answer, keep the last one and show since when it is old. */
static void refresh(struct top *top, int64_t timeout_ns)
{
    char why[READING_WHY_SIZE], since[FORMAT_SIZE];

    top->view.trouble = NULL;
    if (ask_all(top, timeout_ns, why) == STATUS_OK) {
        top->answered_ns = clock_now_ns();
        sparkline_add(&top->rates, sum_rates(&top->status.snapshot));
        return;
    }
    sparkline_add(&top->rates, STAT_UNKNOWN);
    format_span(clock_now_ns() - top->answered_ns, "", since);
    if (snprintf(top->trouble, TROUBLE_SIZE, "no answer for %s, retrying: %s", since, why) > 0)
        top->view.trouble = top->trouble;
}

/* Draw the view. Returns 0, or -1 with errno. */
static int draw(struct top *top)
{
    char *text;
    int drawn;

    terminal_measure(&top->view.columns, &top->view.rows);
    text = top_view_compose(&top->status.snapshot, &top->workers.snapshot, &top->view);
    if (text == NULL)
        return -1;
    drawn = terminal_draw(text);
    free(text);
    return drawn;
}

/* Do what KEY says to VIEW. Returns false for the key that quits. */
static bool take_key(struct top_view *view, int key)
{
    switch (key) {
    case 's':
        view->order = (view->order + 1) % WORKER_ORDERS;
        break;
    case 'h':
    case '?':
        view->help = !view->help;
        break;
    default:
        break;
    }
    return key != 'q';
}

static enum status watch(struct top *top, int64_t timeout_ns)
{
    int64_t next_ns = clock_now_ns() + NS_PER_S;
    int drawn, why;

    if (terminal_open() < 0) {
        warn("cannot take over the terminal");
        return STATUS_SYSTEM;
    }
    while ((drawn = draw(top)) == 0 && take_key(&top->view, terminal_wait_key(next_ns))) {
        if (clock_now_ns() < next_ns)
            continue;
        /* For a second at most, not --timeout: keys are not read meanwhile. */
        refresh(top, timeout_ns < NS_PER_S ? timeout_ns : NS_PER_S);
        next_ns = clock_now_ns() + NS_PER_S;
    }
    why = errno;
    terminal_close();
    if (drawn == 0)
        return STATUS_OK;
    errno = why;
    warn("cannot draw on the terminal");
    return STATUS_SYSTEM;
}

static enum status print_once(const struct top *top)
{
    const struct top_view view = {.columns = PLAIN_COLUMNS};
    char *text = top_view_compose(&top->status.snapshot, &top->workers.snapshot, &view);

    if (text == NULL) {
        warn("cannot show the master");
        return STATUS_SYSTEM;
    }
    fputs(text, stdout);
    free(text);
    return (enum status)program_end(STATUS_OK);
}

int top_run(const char *path, int64_t timeout_ns)
{
    const char *no_color = getenv("NO_COLOR");
    struct top top = {.path = path, .view = {.colours = no_color == NULL || no_color[0] == '\0'}};
    enum status status = ask_all(&top, timeout_ns, top.trouble);

    top.answered_ns = clock_now_ns();
    top.view.rates = &top.rates;
    if (status != STATUS_OK)
        warnx("%s", top.trouble);
    else if (terminal_is_there())
        status = watch(&top, timeout_ns);
    else
        status = print_once(&top);
    reading_free(&top.status);
    reading_free(&top.workers);
    return (int)status;
}
