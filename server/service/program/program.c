/*
 * program: the service that runs a program for each connection, which is the program's standard
 * input and output.
 *
 * The worker keeps the connection until the program has ended: then what the client sent and the
 * program left unread does not cost the client its answer, and a process that the program leaves
 * behind keeps no client waiting. Meanwhile the worker watches the program, its standard error, and
 * the deadlines.
 *
 * All signals are blocked from before the program starts until it has been reaped, but for the time
 * in ppoll(2); SIGCHLD is blocked then, too, and read from a descriptor (starter.h). So the handler
 * that cuts a connection runs either without a program, or with one whose pid is its own.
 */
#include <poll.h>
#include <stdbool.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "server/program/environment.h"
#include "server/program/error_lines.h"
#include "server/service/program/starter.h"
#include "server/service/program/traffic.h"
#include "server/service/program/variants.h"
#include "server/service/service.h"

static struct {
    const struct pool_config *config;
    pid_t pid; /* of the program that runs, or is not reaped yet; 0: there is none */
} self;

static int program_begin(const struct pool_config *config)
{
    self.config = config;
    return starter_begin(config) < 0 ? -1 : starter_watch_ends();
}

/* Async-signal-safe. */
static void program_cut(int fd)
{
    process_cut(self.pid, fd);
}

/* A program that runs, and its deadlines. */
struct run {
    struct connection *connection;
    const struct connection_ops *ops;
    int stream_fd;
    int64_t began_ns;
    int64_t idle_ns; /* when to look whether a byte has moved */
    struct process process;
    struct traffic traffic; /* as it was at the program's end */
};

static int64_t after(int64_t since_ns, int64_t limit_ns)
{
    return limit_ns == NUMBER_UNLIMITED ? NEVER_NS : since_ns + limit_ns;
}

/* Returns when the connection will have been idle for too long; NEVER_NS where only the kernel sees
 * its bytes and does not tell of them. The time in the accept queue does not count. */
static int64_t next_idle_ns(const struct run *run, int64_t now_ns)
{
    int64_t idle_ns = traffic_idle_ns(run->stream_fd);

    return idle_ns < 0 ? NEVER_NS
                       : after(clock_later_ns(now_ns - idle_ns, run->began_ns),
                               self.config->idle_timeout_ns);
}

/* Act on the deadlines that are over. */
static void check_deadlines(struct run *run)
{
    int64_t now_ns = clock_now_ns();

    if (now_ns >= run->idle_ns) {
        run->idle_ns = next_idle_ns(run, now_ns);
        if (now_ns >= run->idle_ns)
            run->ops->time_out(run->connection);
    }
    if (run->ops->descriptor(run->connection) < 0 && !run->process.is_ending) {
        run->idle_ns = NEVER_NS;
        process_note_term(&run->process, now_ns, self.config->kill_after_ns);
    }
    if (process_outlives_kill(&run->process, now_ns))
        starter_abandon(&run->process, run->stream_fd);
}

/* Wait until the program has ended, which leaves it to be reaped. */
static void await(struct run *run)
{
    struct pollfd fds[] = {{.fd = starter_ends_descriptor(), .events = POLLIN},
                           {.fd = starter_errors()->read_fd, .events = POLLIN}};

    while (!process_is_over(&run->process)) {
        int64_t due_ns = process_due_ns(&run->process, clock_now_ns());

        starter_wait(fds, 2, clock_earlier_ns(run->idle_ns, due_ns));
        if (fds[1].revents != 0)
            error_lines_relay(starter_errors(), run->process.pid);
        if (fds[0].revents != 0)
            starter_note_end(&run->process);
        check_deadlines(run);
    }
    error_lines_finish(starter_errors(), run->process.pid);
}

/* Reap the program. Returns how it ended. */
static enum program_outcome reap(struct run *run)
{
    int status = process_reap(&run->process);

    self.pid = 0;
    return process_outcome(status, run->traffic.was_reset);
}

/* Start the program. Returns whether it runs; where it does not, that is logged. */
static bool start_program(struct run *run)
{
    socklen_t length;
    struct environment_facts facts = {.peer = run->ops->peer(run->connection, &length),
                                      .from_source = run->ops->from_source(run->connection)};
    const struct starter_ends ends = {run->stream_fd, run->stream_fd, starter_errors()->write_fd};
    const char *what;

    facts.own = run->ops->own(run->connection, &facts.own_length);
    if (starter_start(&ends, environment_of(run->stream_fd, &facts), &run->process, &what) < 0) {
        starter_complain(run->connection, run->ops, what);
        return false;
    }
    self.pid = run->process.pid;
    run->ops->executed(run->connection);
    run->idle_ns = after(run->began_ns, self.config->idle_timeout_ns);
    return true;
}

/* Run the program. Returns how it ended. */
static enum program_outcome run_program(struct run *run)
{
    bool has_started = start_program(run);

    if (has_started)
        await(run);
    run->traffic = traffic_of(run->stream_fd);
    return has_started ? reap(run) : PROGRAM_UNSTARTED;
}

static void program_stream(struct preforkd_connection *handle,
                           const struct preforkd_operations *operations)
{
    struct connection *connection = service_connection(handle);
    const struct connection_ops *ops = service_ops(operations);
    struct run run = {
        .connection = connection,
        .ops = ops,
        .began_ns = clock_now_ns(),
        .idle_ns = NEVER_NS,
    };
    enum program_outcome outcome = PROGRAM_UNSTARTED;

    starter_block_signals();
    run.stream_fd = ops->descriptor(connection);
    if (run.stream_fd >= 0) {
        outcome = run_program(&run);
        shutdown(run.stream_fd, ops->descriptor(connection) < 0 ? SHUT_RDWR : SHUT_WR);
    }
    starter_unblock_signals();
    ops->finish(connection, outcome, run.traffic.bytes_in, run.traffic.bytes_out);
}

/* As struct service has it: by the keys start and type. */
static const struct service *program_variant(const struct pool_config *config)
{
    if (config->start == START_WARM)
        return &service_program_warm;
    return config->type == SOCK_DGRAM ? &service_program_datagram : NULL;
}

const struct service service_program = {
    .name = "program",
    .variant = program_variant,
    .begin = program_begin,
    .stream = program_stream,
    .cut = program_cut,
};
