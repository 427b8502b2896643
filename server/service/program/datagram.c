/*
 * datagram: the service that runs a program for each datagram, which is its standard input.
 *
 * Standard input is a file in memory (memfd_create(2)), standard output a pipe, both new for each
 * program: so nothing that one leaves behind reaches the next, and each ends in an end of file. The
 * program never has the socket, which all workers share. Signals are as in program.c.
 */
#include "server/service/program/variants.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "common/io.h"
#include "common/log.h"
#include "server/program/environment.h"
#include "server/program/error_lines.h"
#include "server/service/program/starter.h"

/* The longest answer over UDP, and how often to read what a program has left in the pipe: that
 * empties it, even if a process goes on writing. */
enum { UDP_MAX = 65507, PIPE_READS = 32 };

static struct {
    const struct pool_config *config;
    pid_t pid; /* of the program that runs, or is not reaped yet; 0: there is none */
} self;

/* A program that runs for a datagram, and its answer so far. */
struct run {
    struct connection *connection;
    const struct connection_ops *ops;
    int input_fd, output_fd, answer_fd; /* the program's standard input and output; its other end */
    unsigned char *answer;
    size_t length, room;
    bool is_cut; /* there was more than ROOM */
    struct process process;
};

static int datagram_begin(const struct pool_config *config)
{
    self.config = config;
    return starter_begin(config) < 0 ? -1 : starter_watch_ends();
}

/* Async-signal-safe. The socket is every worker's: it is never shut down. */
static void datagram_cut(int fd)
{
    (void)fd;
    process_cut(self.pid, -1);
}

/* Open the program's standard input, with SIZE BYTES, and its standard output. Returns 0, or -1
 * with errno. */
static int open_ends(struct run *run, const unsigned char *bytes, size_t size)
{
    int fds[2];

    run->input_fd = memfd_create("datagram", MFD_CLOEXEC);
    if (run->input_fd < 0 || io_write_full(run->input_fd, bytes, size, IO_NO_DEADLINE) < 0 ||
        lseek(run->input_fd, 0, SEEK_SET) < 0 || pipe2(fds, O_CLOEXEC) < 0)
        return -1;
    run->answer_fd = fds[0];
    run->output_fd = fds[1];
    return fcntl(run->answer_fd, F_SETFL, O_NONBLOCK);
}

/* Close *FD, if it is open. */
static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Read once from the program; what is too much for a datagram is read in vain, or the program would
 * wait for ever. Returns whether there was something. */
static bool read_answer(struct run *run)
{
    unsigned char excess[4096];
    bool is_full = run->length == run->room;
    ssize_t got;

    do
        got = is_full ? read(run->answer_fd, excess, sizeof(excess))
                      : read(run->answer_fd, run->answer + run->length, run->room - run->length);
    while (got < 0 && errno == EINTR);
    if (got > 0 && is_full)
        run->is_cut = true;
    else if (got > 0)
        run->length += (size_t)got;
    return got > 0;
}

/* Read what the program has left behind when it ended. A process of its own may keep the pipe
 * open, and is not waited for. */
static void finish_answer(struct run *run)
{
    for (int reads = 0; reads < PIPE_READS && read_answer(run); reads++)
        ;
    if (run->is_cut && run->ops->may_complain(run->connection))
        log_line(LOG_WARNING,
                 "program %d (pool %s): its answer is too long for a datagram, and was "
                 "cut after %zu bytes",
                 (int)run->process.pid, self.config->name, run->length);
}

static void check_deadlines(struct run *run)
{
    int64_t now_ns = clock_now_ns();

    if (run->ops->descriptor(run->connection) < 0 && !run->process.is_ending)
        process_note_term(&run->process, now_ns, self.config->kill_after_ns);
    if (process_outlives_kill(&run->process, now_ns))
        starter_abandon(&run->process, -1);
}

/* Wait until the program has ended, which leaves it to be reaped. */
static void await(struct run *run)
{
    struct pollfd fds[] = {{.fd = starter_ends_descriptor(), .events = POLLIN},
                           {.fd = starter_errors()->read_fd, .events = POLLIN},
                           {.fd = run->answer_fd, .events = POLLIN}};

    while (!process_is_over(&run->process)) {
        starter_wait(fds, 3, process_due_ns(&run->process, clock_now_ns()));
        if (fds[2].revents != 0 && !read_answer(run))
            fds[2].fd = -1; /* the program has closed its end */
        if (fds[1].revents != 0)
            error_lines_relay(starter_errors(), run->process.pid);
        if (fds[0].revents != 0)
            starter_note_end(&run->process);
        check_deadlines(run);
    }
    error_lines_finish(starter_errors(), run->process.pid);
    finish_answer(run);
}

/* Start the program for the datagram of SIZE BYTES. Returns 0; or -1 with errno, and *WHAT is what
 * failed. */
static int start(struct run *run, const unsigned char *bytes, size_t size, const char **what)
{
    int socket = run->ops->descriptor(run->connection);
    socklen_t length;
    const union endpoint_address *peer = run->ops->peer(run->connection, &length);
    struct starter_ends ends = {.error_fd = starter_errors()->write_fd};

    *what = "open its standard input and output";
    if (open_ends(run, bytes, size) < 0)
        return -1;
    ends.input_fd = run->input_fd;
    ends.output_fd = run->output_fd;
    return starter_start(&ends, environment_of_datagram(socket, peer, length), &run->process, what);
}

/* Run the program. Returns how it ended. */
static enum program_outcome run_program(struct run *run, const unsigned char *bytes, size_t size)
{
    const char *what;
    int status;

    if (start(run, bytes, size, &what) < 0) {
        starter_complain(run->connection, run->ops, what);
        return PROGRAM_UNSTARTED;
    }
    self.pid = run->process.pid;
    run->ops->executed(run->connection);
    close_end(&run->output_fd);
    await(run);
    status = process_reap(&run->process);
    self.pid = 0;
    return process_outcome(status, false);
}

/* As struct service has it. What a signal has ended sends nothing: half an answer is none. */
static ssize_t datagram_run(struct preforkd_connection *handle,
                            const struct preforkd_operations *operations, unsigned char *bytes,
                            size_t size, size_t room)
{
    struct connection *connection = service_connection(handle);
    const struct connection_ops *ops = service_ops(operations);
    bool is_inet = self.config->mode == MODE_INET;
    struct run run = {
        .connection = connection,
        .ops = ops,
        .input_fd = -1,
        .output_fd = -1,
        .answer_fd = -1,
        .answer = bytes,
        .room = is_inet && room > UDP_MAX ? UDP_MAX : room,
    };
    enum program_outcome outcome = PROGRAM_UNSTARTED;

    starter_block_signals();
    if (ops->descriptor(connection) >= 0)
        outcome = run_program(&run, bytes, size);
    starter_unblock_signals();
    close_end(&run.input_fd);
    close_end(&run.output_fd);
    close_end(&run.answer_fd);
    ops->ended(connection, outcome);
    return (outcome == PROGRAM_OK || outcome == PROGRAM_FAILED) && run.length > 0
               ? (ssize_t)run.length
               : -1;
}

const struct service service_program_datagram = {
    .name = "program",
    .begin = datagram_begin,
    .cut = datagram_cut,
    .datagram = datagram_run,
};
