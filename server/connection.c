/*
 * connection: see connection.h.
 *
 * The order of stores matters twice. The descriptor is published after the number and forgotten
 * before close, so that a deadline meant for one caller never cuts the next. The page's number is
 * stored before `asleep` is read, and the master sets `asleep` before it reads the numbers: one of
 * the two sees the other.
 */
#include "server/connection.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/io.h"
#include "common/number.h"

void connection_init(struct connection *connection, const struct pool_config *config,
                     struct worker_page *page, struct pool_hints *hints, int wake_fd)
{
    connection->config = config;
    connection->page = page;
    connection->hints = hints;
    connection->wake_fd = wake_fd;
    connection->fd = -1;
    connection->number = 0;
}

/* The master found everybody idle and set no timer: now it needs one. */
static void wake_master(struct connection *connection)
{
    static const uint64_t one = 1;

    if (atomic_exchange(&connection->hints->asleep, 0) == 0)
        return;
    if (write(connection->wake_fd, &one, sizeof(one)) < 0)
        return; /* its counter is full: the master has been told */
}

static void stamp(_Atomic int64_t *when_ns, int64_t now_ns)
{
    atomic_store_explicit(when_ns, now_ns, memory_order_relaxed);
}

void connection_begin(struct connection *connection, int fd)
{
    struct worker_page *page = connection->page;
    int64_t now_ns = clock_coarse_ns();

    stamp(&page->began_ns, now_ns);
    stamp(&page->moved_ns, now_ns);
    atomic_store_explicit(&page->in_before, counter_read(&page->counters.bytes_in),
                          memory_order_relaxed);
    atomic_store_explicit(&page->out_before, counter_read(&page->counters.bytes_out),
                          memory_order_relaxed);
    counter_add(&page->counters.accepted, 1);
    if (++connection->number == 0)
        connection->number = 1; /* 0 is idle */
    atomic_signal_fence(memory_order_seq_cst);
    connection->fd = fd;
    atomic_store(&page->connection, connection->number);
    if (atomic_load(&connection->hints->asleep) != 0)
        wake_master(connection);
}

void connection_end(struct connection *connection)
{
    connection->fd = -1;
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&connection->page->connection, 0, memory_order_release);
}

void connection_cut(struct connection *connection, uint32_t number)
{
    int fd = connection->fd;

    if (fd < 0 || number != connection->number)
        return;
    shutdown(fd, SHUT_RDWR);
    connection->fd = -1; /* once is enough */
    counter_add(&connection->page->counters.timeouts, 1);
}

size_t connection_request(struct connection *connection, void *bytes, size_t size)
{
    struct worker_page *page = connection->page;
    int fd = connection->fd;
    ssize_t got;

    if (connection->requests_left == 0 || fd < 0)
        return 0;
    do
        got = read(fd, bytes, size);
    while (got < 0 && errno == EINTR && connection->fd >= 0);
    if (got <= 0)
        return 0;
    stamp(&page->moved_ns, clock_coarse_ns());
    counter_add(&page->counters.bytes_in, (uint64_t)got);
    connection->requests_left--;
    return connection->config->requests_per_connection == 1 ? 1 : (size_t)got;
}

/* Send all of BYTES: 0, or -1 when the caller is gone or was cut. */
static int send_full(struct connection *connection, const char *bytes, size_t size, int flags)
{
    struct worker_page *page = connection->page;
    int fd = connection->fd;

    while (size > 0) {
        ssize_t put = send(fd, bytes, size, flags | MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR && connection->fd >= 0)
            continue;
        if (put < 0)
            return -1;
        stamp(&page->moved_ns, clock_coarse_ns());
        counter_add(&page->counters.bytes_out, (uint64_t)put);
        bytes += put;
        size -= (size_t)put;
    }
    return 0;
}

/* The last bytes of a stream. Over inet they wait for the FIN and leave with it, in one segment:
 * MSG_MORE, then shutdown(2); without the shutdown a close with unread bytes loses them (tcp(7)).
 * A unix socket needs neither, unless somebody lingers and waits for the caller's end of file. */
static int send_last(struct connection *connection, const void *bytes, size_t size)
{
    bool inet = connection->config->mode == MODE_INET;

    if (send_full(connection, bytes, size, inet ? MSG_MORE : 0) < 0)
        return -1;
    if (inet || connection->config->linger_ns > 0)
        shutdown(connection->fd, SHUT_WR); /* it can only say that the caller is gone already */
    return 0;
}

int connection_answer(struct connection *connection, const void *bytes, size_t size)
{
    int fd = connection->fd;

    if (fd < 0 || (connection->requests_left == 0 ? send_last(connection, bytes, size)
                                                  : send_full(connection, bytes, size, 0)) < 0)
        return -1;
    counter_add(&connection->page->counters.requests, 1);
    return 0;
}

/* Read on to the caller's end of file: a close with bytes unread sends a reset, which may overtake
 * an answer that was lost on the way and has to be sent again. */
static void linger(struct connection *connection, int fd)
{
    int64_t deadline_ns = clock_now_ns() + connection->config->linger_ns;
    char bytes[512];

    while (connection->fd >= 0 && io_wait(fd, POLLIN, deadline_ns) == 0 &&
           recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
        stamp(&connection->page->moved_ns, clock_coarse_ns());
}

void connection_serve(struct connection *connection, int fd, const struct service *service)
{
    connection->requests_left = connection->config->requests_per_connection;
    connection_begin(connection, fd);
    service->stream(connection);
    if (connection->config->linger_ns > 0 && connection->requests_left == 0)
        linger(connection, fd);
    connection_end(connection);
    close(fd);
}
