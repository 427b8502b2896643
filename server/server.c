/*
 * server: see server.h.
 */
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "common/clock.h"
#include "common/event_loop.h"
#include "common/log.h"
#include "server/control/control.h"
#include "server/master/claims/pidfile.h"
#include "server/master/lifecycle.h"
#include "server/master/stop.h"
#include "server/net/inherited.h"
#include "server/net/socket_activation.h"
#include "server/reaper.h"
#include "server/signal_events.h"
#include "server/upgrade/takeover.h"

/* The same signal again within this time is one request to stop. */
#define ONE_REQUEST_NS (200 * NS_PER_MS)

/* A timer that is so late means that this process was stopped or starved. */
#define ABSENCE_NS (500 * NS_PER_MS)

struct server {
    struct event_loop loop;
    struct inherited inherited;
    struct takeover takeover;
    struct master master;
    struct upgrade upgrade;
    struct control control;
    struct reaper reaper;
    struct signal_events signals;
    int stop_signal; /* the last one that asked for a stop, and when */
    int64_t stop_ns;
};

/* Returns whether the signal NUMBER is the last request to stop once more: timeout(1) signals its
 * child, and a moment later its group. */
static bool is_repeated(struct server *server, int number, int64_t now_ns)
{
    if (number == server->stop_signal && now_ns < server->stop_ns + ONE_REQUEST_NS)
        return true;
    server->stop_signal = number;
    server->stop_ns = now_ns;
    return false;
}

static void stop_by_signal(struct server *server, int number, int64_t now_ns)
{
    if (is_repeated(server, number, now_ns) ||
        (number == SIGQUIT && upgrade_defer_quit(&server->upgrade)) ||
        takeover_defer_stop(&server->takeover))
        return;
    stop_request(&server->master, now_ns);
}

static void on_signal(void *context, int number)
{
    struct server *server = context;
    int64_t now_ns = clock_coarse_ns();

    switch (number) {
    case SIGTERM:
    case SIGINT:
    case SIGQUIT:
        stop_by_signal(server, number, now_ns);
        break;
    case SIGHUP:
        reload_request(&server->master, now_ns);
        break;
    case SIGUSR1:
        takeover_reopen_logs(&server->takeover);
        break;
    case SIGUSR2:
        upgrade_request(&server->upgrade, now_ns);
        break;
    case SIGCHLD:
        reaper_reap(&server->reaper, now_ns);
        break;
    default: /* SIGCONT */
        master_excuse_absence(&server->master, now_ns);
    }
}

/* Watch the events that are the server's own. */
static MAY_FAIL watch_events(struct server *server, struct failure *failure)
{
    struct event_loop *loop = &server->loop;
    struct master *master = &server->master;

    if (signal_events_open(&server->signals, loop, on_signal, server) == 0 &&
        log_relay_watch(&master->relay, loop) == 0 &&
        takeover_watch(&server->takeover, loop, master) == 0)
        return NULL;
    return fail(failure, STATUS_SYSTEM, "cannot watch events: %s", strerror(errno));
}

/* Clients that wait for the end of a stop are answered when another master could start. */
static void close_parts(struct server *server)
{
    struct master *master = &server->master;

    if (master->role != ROLE_REPLACED)
        pidfile_remove(master->config->pid_file, master->host.pid);
    master_leave_control(master);
    control_close(&server->control);
    upgrade_close(&server->upgrade);
    signal_events_close(&server->signals);
    log_relay_watch(&master->relay, NULL);
    event_loop_close(&server->loop);
    lifecycle_close(master);
}

/* A failure leaves nothing open. */
static MAY_FAIL open_parts(struct server *server, const struct server_options *options,
                           struct failure *failure)
{
    struct takeover *takeover = &server->takeover;
    struct master *master = &server->master;
    const struct master_start start = {
        .source = options->source,
        .loop = &server->loop,
        .inherited = &server->inherited,
        .role = takeover->predecessor == 0 ? ROLE_IN_CHARGE : ROLE_CANDIDATE,
        .generation = takeover->generation + 1,
        .ready_fd = takeover->predecessor == 0 ? options->ready_fd : -1};
    const struct failed *failed = lifecycle_open(master, options->config, &start, failure);

    if (failed != NULL) {
        event_loop_close(&server->loop);
        return failed;
    }
    upgrade_init(&server->upgrade, &server->loop, master, takeover, &options->command);
    failed = watch_events(server, failure);
    if (failed == NULL)
        failed = control_open(&server->control, &server->loop, master, &server->upgrade, failure);
    if (failed == NULL && master->role == ROLE_IN_CHARGE)
        failed = pidfile_publish(master->config->pid_file, failure);
    if (failed != NULL)
        close_parts(server);
    return failed;
}

/* Answer the clients that asked for a COMMAND which has ended. */
static void report(struct server *server, enum command_id command, struct completion *completion)
{
    const char *why;

    if (completion_take(completion, &why))
        control_report(&server->control, command, why);
}

/* Do all that is due. Returns when there will be more to do. */
static int64_t continue_parts(struct server *server)
{
    int64_t now_ns = clock_coarse_ns(), due_ns;

    due_ns = reaper_continue(&server->reaper, now_ns);
    due_ns = clock_earlier_ns(due_ns, upgrade_continue(&server->upgrade, now_ns));
    due_ns = clock_earlier_ns(due_ns, lifecycle_continue(&server->master, now_ns));
    takeover_continue(&server->takeover);
    report(server, COMMAND_RELOAD, &server->master.reload.completion);
    report(server, COMMAND_UPGRADE, &server->upgrade.completion);
    due_ns = clock_earlier_ns(due_ns, control_continue(&server->control, now_ns));
    return clock_earlier_ns(due_ns, log_relay_continue(&server->master.relay, now_ns));
}

/* Returns the milliseconds until DUE_NS, rounded up, for epoll_wait(2). */
static int timeout_ms(int64_t due_ns)
{
    int64_t left_ms = (due_ns - clock_coarse_ns() + NS_PER_MS - 1) / NS_PER_MS;

    if (due_ns == NEVER_NS)
        return -1;
    return left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

static void wait_for_events(struct server *server, int64_t due_ns)
{
    event_loop_wait(&server->loop, timeout_ms(due_ns));
    if (due_ns != NEVER_NS && clock_coarse_ns() > due_ns + ABSENCE_NS)
        master_excuse_absence(&server->master, clock_coarse_ns());
}

/* Returns whether the stop is over. A master whose own predecessor still drains waits for that one,
 * and for its last totals, until stop_timeout is over: a service manager kills what is left of a
 * service whose main process has ended. */
static bool is_done(struct server *server)
{
    const struct master *master = &server->master;

    return stop_is_done(master) && upgrade_end_successor(&server->upgrade, clock_coarse_ns()) &&
           (master->role == ROLE_CANDIDATE || master->phase == PHASE_STOPPING_FAST ||
            server->takeover.channel_fd < 0 || clock_coarse_ns() >= master->stop_due_ns);
}

static void run(struct server *server)
{
    int64_t due_ns = continue_parts(server);

    while (!is_done(server)) {
        wait_for_events(server, due_ns);
        due_ns = continue_parts(server);
    }
    if (server->master.role == ROLE_IN_CHARGE)
        takeover_stop(&server->takeover);
    log_relay_drain(&server->master.relay);
    master_note_lost_lines(&server->master);
    stop_close_listeners(&server->master);
    upgrade_finish(&server->upgrade);
    stop_log_totals(&server->master);
}

/* Take what the parent or a predecessor has left in this process. */
static MAY_FAIL claim_inheritance(struct server *server, const struct server_options *options,
                                  struct failure *failure)
{
    const struct failed *failed = takeover_begin(&server->takeover, &server->inherited, failure);
    int ready_fd;

    if (failed != NULL)
        return failed;
    /* In a successor the number may be another descriptor's, and the newline was written long
     * ago. */
    ready_fd = server->takeover.predecessor == 0 ? options->ready_fd : -1;
    if (ready_fd >= 0 && fcntl(ready_fd, F_SETFD, FD_CLOEXEC) < 0)
        return fail(failure, STATUS_USAGE, "--ready-fd %d: %s", ready_fd, strerror(errno));
    return socket_activation_take(&server->inherited, ready_fd, failure);
}

static MAY_FAIL open_loop(struct event_loop *loop, struct failure *failure)
{
    if (event_loop_open(loop) == 0)
        return NULL;
    return fail(failure, STATUS_SYSTEM, "cannot watch events: %s", strerror(errno));
}

static int start(struct server *server, const struct server_options *options)
{
    struct failure failure = FAILURE_UNSAID;
    const struct failed *failed = claim_inheritance(server, options, &failure);

    if (failed == NULL && options->config == NULL) {
        takeover_fail(&server->takeover, options->config_errors);
        return STATUS_CONFIG;
    }
    if (failed == NULL)
        failed = open_loop(&server->loop, &failure);
    if (failed == NULL)
        failed = open_parts(server, options, &failure);
    else
        config_free(options->config);
    if (failed == NULL)
        return STATUS_OK;
    log_line(LOG_ERROR, "%s", failure.message);
    takeover_fail(&server->takeover, failure.message);
    return (int)failure.status;
}

int server_run(const struct server_options *options)
{
    struct server server = {
        .loop = EVENT_LOOP_CLOSED,
        .signals = {.fd = -1},
        .reaper = {&server.master, &server.upgrade, &server.control, .due_ns = NEVER_NS}};
    int status = start(&server, options);

    if (status == STATUS_OK) {
        run(&server);
        close_parts(&server);
    }
    inherited_close(&server.inherited);
    takeover_close(&server.takeover);
    return status;
}
