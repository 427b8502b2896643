/*
 * relay: see relay.h.
 */
#include "server/service/program/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/service/program/traffic.h"

/* A pipe that holds more than the usual 64 KiB takes fewer system calls. */
enum { PAGE = 4096, BUFFER_SIZE = 64 * 1024, PIPE_SIZE = 256 * 1024 };

/* How often a way moves bytes before the other one has its turn. */
enum { TURNS = 8 };

/* In .bss, of which only the pages that bytes pass through take memory. */
static _Alignas(PAGE) char buffers[2][BUFFER_SIZE];

static struct relay_way open_way(int from, int to, char *buffer)
{
    return (struct relay_way){
        .from = from, .to = to, .pipe = {-1, -1}, .buffer = buffer, .left = UINT64_MAX};
}

void relay_begin(struct relay *relay, int client_fd, int program_fd)
{
    relay->in = open_way(client_fd, program_fd, buffers[0]);
    relay->out = open_way(program_fd, client_fd, buffers[1]);
}

static bool wants_input(const struct relay_way *way)
{
    return !way->is_done && way->length == 0;
}

static bool wants_output(const struct relay_way *way)
{
    return !way->is_done && way->length > 0;
}

/* Have FD wait for EVENTS; without any it is left out, or a hangup would be reported again and
 * again. */
static void watch(struct pollfd *poll, int fd, bool input, bool output)
{
    poll->fd = input || output ? fd : -1;
    poll->events = (short)((input ? POLLIN : 0) | (output ? POLLOUT : 0));
}

void relay_watch(const struct relay *relay, struct pollfd *client, struct pollfd *program)
{
    watch(client, relay->in.from, wants_input(&relay->in), wants_output(&relay->out));
    watch(program, relay->in.to, wants_input(&relay->out), wants_output(&relay->in));
}

static void set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags >= 0)
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/* Go on through a pipe, if one can be had. On sockets, splice(2) may block but where they have
 * O_NONBLOCK; these two are this process's alone. */
static void open_pipe(struct relay_way *way)
{
    if (pipe2(way->pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
        way->pipe[0] = way->pipe[1] = -1;
        return;
    }
    fcntl(way->pipe[0], F_SETPIPE_SZ, PIPE_SIZE); /* beyond the user's limit: it stays as it is */
    set_nonblocking(way->from);
    set_nonblocking(way->to);
}

static bool must_wait(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* Read what there is, which may be nothing yet. */
static void take(struct relay_way *way)
{
    bool splices = way->pipe[0] >= 0;
    size_t size = splices ? PIPE_SIZE : BUFFER_SIZE;
    ssize_t got;

    if (way->left < size)
        size = (size_t)way->left;
    if (splices)
        got = splice(way->from, NULL, way->pipe[1], NULL, size, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    else
        got = recv(way->from, way->buffer, size, MSG_DONTWAIT);
    if (got < 0 && must_wait())
        return;
    way->read_failed = got < 0;
    way->was_full = got == BUFFER_SIZE;
    way->length = got > 0 ? (size_t)got : 0;
    way->begin = 0;
    way->left -= way->length;
    way->at_end = got <= 0 || way->left == 0;
}

/* Write of what was read as much as can be. Returns how much. */
static size_t give(struct relay_way *way)
{
    ssize_t put;

    if (way->pipe[0] >= 0)
        put = splice(way->pipe[0], NULL, way->to, NULL, way->length,
                     SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    else
        put = send(way->to, way->buffer + way->begin, way->length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put < 0) {
        way->is_done = way->write_failed = !must_wait();
        return 0;
    }
    way->begin += (size_t)put;
    way->length -= (size_t)put;
    return (size_t)put;
}

/* Read unless something is still to be written. Returns how much was read. */
static size_t refill(struct relay_way *way)
{
    if (way->length > 0)
        return 0;
    if (way->was_full && way->pipe[0] < 0)
        open_pipe(way);
    take(way);
    return way->length;
}

/* Pass the end of file on. Look before that whether the other side has left: behind it, a unix
 * socket cannot tell. */
static void shut(struct relay_way *way)
{
    way->is_done = way->was_shut = true;
    way->was_reset = traffic_of(way->to).was_reset;
    shutdown(way->to, SHUT_WR);
}

/* Move bytes on WAY, and at their end the end of file. Adds to *TAKEN and *GIVEN. What is short is
 * read once: poll(2) says when there is more. */
static void move(struct relay_way *way, uint64_t *taken, uint64_t *given)
{
    for (int turn = 0; turn < TURNS && !way->is_done && !way->at_end; turn++) {
        *taken += refill(way);
        if (way->length == 0)
            break;
        *given += give(way);
        if (way->length > 0 || (!way->was_full && way->pipe[0] < 0))
            break;
    }
    if (way->at_end && way->length > 0 && !way->is_done)
        *given += give(way);
    if (way->at_end && way->length == 0 && !way->is_done)
        shut(way);
}

/* Return whether WAY can go on, by what poll(2) says of the descriptor that it waits for. */
static bool is_ready(const struct relay_way *way, short from_events, short to_events)
{
    return (wants_input(way) && (from_events & ~POLLOUT) != 0) ||
           (wants_output(way) && (to_events & ~POLLIN) != 0);
}

struct relay_moved relay_move(struct relay *relay, short client_events, short program_events)
{
    struct relay_moved moved = {0, 0};
    uint64_t within = 0; /* between the worker and the program */

    if (is_ready(&relay->in, client_events, program_events))
        move(&relay->in, &moved.in, &within);
    if (is_ready(&relay->out, program_events, client_events))
        move(&relay->out, &within, &moved.out);
    if (relay->out.write_failed)
        shutdown(relay->out.from, SHUT_RD); /* what the program writes fails from now on */
    return moved;
}

void relay_end_program(struct relay *relay)
{
    struct relay_way *out = &relay->out;
    int queued = 0;

    relay->in.is_done = true;
    if (out->is_done || ioctl(out->from, FIONREAD, &queued) < 0 || queued < 0)
        queued = 0;
    out->left = (uint64_t)queued;
    out->at_end = queued == 0;
    out->is_done |= out->at_end && out->length == 0;
}

bool relay_lost_client(const struct relay *relay)
{
    const struct relay_way *out = &relay->out;

    return relay->in.read_failed || out->write_failed ||
           (out->was_shut ? out->was_reset : traffic_of(out->to).was_reset);
}

/* Also give back the memory of the buffer, which was full before there was a pipe. */
static void close_pipe(const struct relay_way *way)
{
    if (way->pipe[0] < 0)
        return;
    close(way->pipe[0]);
    close(way->pipe[1]);
    madvise(way->buffer, BUFFER_SIZE, MADV_DONTNEED); /* failing that, it is kept */
}

void relay_end(struct relay *relay)
{
    close_pipe(&relay->in);
    close_pipe(&relay->out);
}
