/*
 * warm: the service that gives each connection to a program which was started ahead of it.
 *
 * A program cannot be given another standard input once it runs. So it has an end of a socket pair
 * from its start, and the worker relays between the other end and the client. The next instance is
 * started after the connection, not beside it: what the client waits for goes first.
 *
 * Signals are blocked as in program.c, and for the same reason.
 */
#include "server/service/program/variants.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "server/program/error_lines.h"
#include "server/service/program/instance.h"
#include "server/service/program/relay.h"
#include "server/service/program/starter.h"

enum { CLIENT, PROGRAM, END, ERRORS, LEAVING, DESCRIPTORS };

static struct {
    int64_t kill_after_ns;
    pid_t pid; /* of the program that serves a client, or is not reaped yet; 0: there is none */
} self;

static int warm_begin(const struct pool_config *config)
{
    self.kill_after_ns = config->kill_after_ns;
    return starter_begin(config) < 0 ? -1 : instance_begin(config);
}

/* Async-signal-safe. */
static void warm_cut(int fd)
{
    process_cut(self.pid, fd);
}

/* A program that serves a client. */
struct run {
    struct connection *connection;
    const struct connection_ops *ops;
    int client_fd;
    struct instance instance;
    struct relay relay;
    bool gives_up; /* on a client that does not take what is left */
};

/* Move what CLIENT and PROGRAM, of poll(2), allow. */
static void relay(struct run *run, short client, short program)
{
    struct relay_moved moved = relay_move(&run->relay, client, program);

    if (moved.in + moved.out > 0)
        run->ops->moved(run->connection, moved.in, moved.out);
}

/* The handler that cuts the connection has sent TERM, unless the program had ended before. */
static void note_cut(struct run *run)
{
    struct process *process = &run->instance.process;

    if (process->is_ending || run->ops->descriptor(run->connection) >= 0)
        return;
    if (process->has_ended)
        run->gives_up = true;
    else
        process_note_term(process, clock_now_ns(), self.kill_after_ns);
}

/* The program has ended, and its client may not have taken all of what it wrote: a deadline cuts
 * the connection now, and leaves those alone that the program has left behind. */
static void note_end(struct run *run, struct pollfd *end)
{
    run->instance.process.has_ended = true;
    end->fd = -1; /* it stays readable */
    relay_end_program(&run->relay);
    if (!run->instance.process.is_ending)
        self.pid = 0;
}

static void check_kill(struct run *run)
{
    struct process *process = &run->instance.process;

    if (process_outlives_kill(process, clock_now_ns()))
        starter_abandon(process, run->client_fd);
    if (process->has_ended && process->give_up_ns != NEVER_NS)
        run->gives_up = true;
}

static bool is_served(struct run *run)
{
    return process_is_over(&run->instance.process) && (run->relay.out.is_done || run->gives_up);
}

/* Relay until the program has ended, which leaves it to be reaped, and the client has what it
 * wrote. */
static void serve(struct run *run)
{
    struct process *process = &run->instance.process;
    struct error_lines *errors = run->instance.errors;
    struct pollfd fds[DESCRIPTORS] = {
        [END] = {.fd = process->pid_fd, .events = POLLIN},
        [ERRORS] = {.fd = errors->read_fd, .events = POLLIN},
        [LEAVING] = {.fd = instance_leaving_descriptor(), .events = POLLIN},
    };

    while (!is_served(run)) {
        int64_t now_ns = clock_now_ns();

        relay_watch(&run->relay, &fds[CLIENT], &fds[PROGRAM]);
        starter_wait(
            fds, DESCRIPTORS,
            clock_earlier_ns(process_due_ns(process, now_ns), instance_tend_leaving(now_ns)));
        relay(run, fds[CLIENT].revents, fds[PROGRAM].revents);
        if (fds[ERRORS].revents != 0)
            error_lines_relay(errors, process->pid);
        note_cut(run);
        if (fds[END].revents != 0)
            note_end(run, &fds[END]);
        check_kill(run);
    }
    relay(run, POLLOUT, POLLIN); /* what a client on which it gave up takes at once */
    error_lines_finish(errors, process->pid);
}

/* Give the client to the instance that waits. Returns how that ended. */
static enum program_outcome run_instance(struct run *run)
{
    const char *what;
    bool has_gone;
    int status;

    if (instance_take(run->connection, run->ops, &run->instance, &what) < 0) {
        starter_complain(run->connection, run->ops, what);
        return PROGRAM_UNSTARTED;
    }
    self.pid = run->instance.process.pid;
    run->ops->executed(run->connection);
    relay_begin(&run->relay, run->client_fd, run->instance.stream_fd);
    serve(run);
    has_gone = relay_lost_client(&run->relay);
    status = process_reap(&run->instance.process);
    self.pid = 0;
    close(run->instance.stream_fd);
    relay_end(&run->relay);
    return process_outcome(status, has_gone);
}

static void warm_stream(struct preforkd_connection *handle,
                        const struct preforkd_operations *operations)
{
    struct connection *connection = service_connection(handle);
    const struct connection_ops *ops = service_ops(operations);
    struct run run = {.connection = connection, .ops = ops};
    enum program_outcome outcome = PROGRAM_UNSTARTED;

    starter_block_signals();
    run.client_fd = ops->descriptor(connection);
    if (run.client_fd >= 0) {
        outcome = run_instance(&run);
        shutdown(run.client_fd, ops->descriptor(connection) < 0 ? SHUT_RDWR : SHUT_WR);
    }
    starter_unblock_signals();
    ops->finish(connection, outcome, 0, 0);
}

static const struct idle_ops idle = {
    .descriptor = instance_descriptor,
    .prepare = instance_keep,
    .end = instance_end,
};

const struct service service_program_warm = {
    .name = "program",
    .begin = warm_begin,
    .stream = warm_stream,
    .cut = warm_cut,
    .idle = &idle,
};
