/*
 * top: see top.h.
 */
#include "client/ctl/view/top.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/control/session.h"
#include "client/ctl/view/terminal.h"
#include "client/ctl/view/top_view.h"
#include "client/shared/format.h"
#include "client/shared/program.h"
#include "common/clock.h"
#include "common/log.h"

enum { PLAIN_COLUMNS = 80, TROUBLE_SIZE = 512 };

static const char no_memory[] = "there is no memory";

/* One reply, and what it says. */
struct reading {
    char *reply; /* NULL: none yet */
    struct ctl_snapshot snapshot;
};

struct top {
    const char *path;
    struct reading status, workers;
    int64_t answered_ns; /* when the master last did */
    struct ctl_view view;
    char trouble[TROUBLE_SIZE];
};

static void forget(struct reading *reading)
{
    if (reading->reply != NULL)
        ctl_snapshot_free(&reading->snapshot);
    free(reading->reply);
    *reading = (struct reading){0};
}

/* Ask COMMAND. STATUS_OK, and READING has the answer; or what to exit with, READING is as it was and
 * WHY says why. */
static enum status ask(const struct top *top, const char *command, int64_t timeout_ns,
                       struct reading *reading, char why[TROUBLE_SIZE])
{
    struct reading fresh = {0};
    enum status status = ctl_session_ask(top->path, command, timeout_ns, timeout_ns, &fresh.reply);

    if (status != STATUS_OK) {
        snprintf(why, TROUBLE_SIZE, "%s", fresh.reply != NULL ? fresh.reply : no_memory);
        free(fresh.reply);
        return status;
    }
    if (ctl_snapshot_read(fresh.reply, &fresh.snapshot) < 0) {
        snprintf(why, TROUBLE_SIZE, "%s",
                 errno == ENOMEM ? no_memory : "what answers there is no preforkd");
        free(fresh.reply);
        return STATUS_FAILED;
    }
    forget(reading);
    *reading = fresh;
    return STATUS_OK;
}

static enum status ask_all(struct top *top, int64_t timeout_ns, char why[TROUBLE_SIZE])
{
    enum status status = ask(top, "status", timeout_ns, &top->status, why);

    return status != STATUS_OK ? status : ask(top, "workers", timeout_ns, &top->workers, why);
}

/* Keep what there is where nobody answers, and say so. */
static void look_again(struct top *top, int64_t timeout_ns)
{
    char why[TROUBLE_SIZE], since[FORMAT_SIZE];

    top->view.trouble = NULL;
    if (ask_all(top, timeout_ns, why) == STATUS_OK) {
        top->answered_ns = clock_now_ns();
        return;
    }
    format_span(clock_now_ns() - top->answered_ns, "", since);
    if (snprintf(top->trouble, TROUBLE_SIZE, "no answer for %s, retrying: %s", since, why) > 0)
        top->view.trouble = top->trouble;
}

/* 0, or -1 with errno. */
static int draw(struct top *top)
{
    char *frame;
    int drawn;

    ctl_screen_measure(&top->view.columns, &top->view.rows);
    frame = ctl_frame_compose(&top->status.snapshot, &top->workers.snapshot, &top->view);
    if (frame == NULL)
        return -1;
    drawn = ctl_screen_draw(frame);
    free(frame);
    return drawn;
}

/* Whether to go on. */
static bool take_key(struct ctl_view *view, int key)
{
    switch (key) {
    case 's':
        view->sort = (view->sort + 1) % CTL_SORTS;
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

    if (ctl_screen_open() < 0) {
        warn("cannot take over the terminal");
        return STATUS_SYSTEM;
    }
    while ((drawn = draw(top)) == 0 && take_key(&top->view, ctl_screen_wait(next_ns))) {
        if (clock_now_ns() < next_ns)
            continue;
        /* Nor does a key wait for a master any longer. */
        look_again(top, timeout_ns < NS_PER_S ? timeout_ns : NS_PER_S);
        next_ns = clock_now_ns() + NS_PER_S;
    }
    why = errno;
    ctl_screen_close();
    if (drawn == 0)
        return STATUS_OK;
    errno = why;
    warn("cannot draw on the terminal");
    return STATUS_SYSTEM;
}

static enum status print_once(const struct top *top)
{
    const struct ctl_view view = {.columns = PLAIN_COLUMNS};
    char *frame = ctl_frame_compose(&top->status.snapshot, &top->workers.snapshot, &view);

    if (frame == NULL) {
        warn("cannot show the master");
        return STATUS_SYSTEM;
    }
    fputs(frame, stdout);
    free(frame);
    return (enum status)program_end(STATUS_OK);
}

int ctl_top(const char *path, int64_t timeout_ns)
{
    const char *no_color = getenv("NO_COLOR");
    struct top top = {.path = path, .view = {.colours = no_color == NULL || no_color[0] == '\0'}};
    enum status status = ask_all(&top, timeout_ns, top.trouble);

    top.answered_ns = clock_now_ns();
    if (status != STATUS_OK)
        warnx("%s", top.trouble);
    else if (ctl_screen_is_there())
        status = watch(&top, timeout_ns);
    else
        status = print_once(&top);
    forget(&top.status);
    forget(&top.workers);
    return (int)status;
}
