/*
 * connection: see connection.h.
 *
 * The order of stores matters twice. The descriptor is published after the number and forgotten
 * before close, so that a deadline meant for one caller never cuts the next. The page's number is
 * stored before `asleep` is read, and the master sets `asleep` before it reads the numbers: one of
 * the two sees the other.
 *
 * This is the path of every connection: its instructions are counted (tests/bench/instructions).
 */
#include "server/worker/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/io.h"
#include "server/worker/connection_log.h"

/* Over inet the last bytes of a stream wait for the FIN and leave with it, in one segment: MSG_MORE,
 * then shutdown(2); without the shutdown a close with unread bytes loses them (tcp(7)). A unix socket
 * needs neither, unless somebody lingers and waits for the caller's end of file. */
void connection_init(struct connection *connection, const struct pool_config *config,
                     const struct service *service, struct worker_page *page,
                     struct pool_hints *hints, size_t slot, int wake_fd)
{
    bool inet = config->mode == MODE_INET, grows = config->workers.min < config->workers.max;

    *connection = (struct connection){
        .service = service,
        .page = page,
        .hints = hints,
        .wake_fd = wake_fd,
        .fd = -1,
        .number = UINT32_MAX,
        .requests_max = config->requests_per_connection,
        .linger_ns = config->linger_ns,
        .last_flags = MSG_NOSIGNAL | (inet ? MSG_MORE : 0),
        .half_close = inet || config->linger_ns > 0,
        .pool_grows = grows,
        .logs = config->log_connections != 0,
        .tells_end = grows || config->log_connections != 0,
        .pool = config->name,
        .slot = slot,
    };
}

/* What is rare stays out of line, or it would cost every connection some registers. */

static __attribute__((noinline)) void wake_master(const struct connection *connection)
{
    static const uint64_t one = 1;

    if (write(connection->wake_fd, &one, sizeof(one)) < 0)
        return; /* its counter is full: the master has been told */
}

/* One more is busy. Whoever leaves too few idle asks for more workers, once: the master says from
 * how many busy ones on to ask again. */
static __attribute__((noinline)) void note_busy(struct connection *connection)
{
    struct pool_hints *hints = connection->hints;

    if (atomic_fetch_add(&hints->busy, 1) + 1 > atomic_load(&hints->ask_at) &&
        atomic_exchange(&hints->ask_at, HINT_ASKED) != HINT_ASKED)
        wake_master(connection);
}

static void stamp(_Atomic int64_t *when_ns, int64_t now_ns)
{
    atomic_store_explicit(when_ns, now_ns, memory_order_relaxed);
}

/* The first connection of another second: how many were before it. */
static __attribute__((noinline)) void note_second(struct connection *connection)
{
    struct worker_page *page = connection->page;
    int64_t now_s = connection->now.tv_sec;
    struct second *second = &page->seconds[(uint64_t)now_s % SECONDS_KEPT];

    connection->second = now_s;
    atomic_store_explicit(&second->accepted, counter_read(&page->counters.accepted),
                          memory_order_relaxed);
    atomic_store_explicit(&second->second, now_s, memory_order_release);
}

static inline __attribute__((always_inline)) void begin(struct connection *connection, int fd)
{
    struct worker_page *page = connection->page;
    int64_t began_ns = clock_read_ns(CLOCK_MONOTONIC, &connection->now);
    uint32_t number = connection->number + 2; /* never 0, which is idle */

    if (connection->now.tv_sec != connection->second)
        note_second(connection);
    stamp(&page->began_ns, began_ns);
    stamp(&page->moved_ns, began_ns);
    atomic_store_explicit(&page->in_before, counter_read(&page->counters.bytes_in),
                          memory_order_relaxed);
    atomic_store_explicit(&page->out_before, counter_read(&page->counters.bytes_out),
                          memory_order_relaxed);
    counter_add(&page->counters.accepted, 1);
    connection->number = number;
    atomic_signal_fence(memory_order_seq_cst);
    connection->fd = fd;
    atomic_store(&page->connection, number);
    /* The master found everybody idle and set no timer: now it needs one. */
    if (atomic_load(&connection->hints->asleep) != 0 &&
        atomic_exchange(&connection->hints->asleep, 0) != 0)
        wake_master(connection);
    if (connection->pool_grows)
        note_busy(connection);
}

void connection_begin(struct connection *connection, int fd)
{
    begin(connection, fd);
}

static inline __attribute__((always_inline)) int64_t end(struct connection *connection)
{
    struct worker_page *page = connection->page;
    int64_t took_ns = clock_read_ns(CLOCK_MONOTONIC, &connection->now) -
                      atomic_load_explicit(&page->began_ns, memory_order_relaxed);

    connection->fd = -1;
    counter_add(&page->counters.took[duration_bucket(took_ns)], 1);
    counter_add(&page->counters.took_sum_ns, (uint64_t)took_ns);
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&page->connection, 0, memory_order_release);
    return took_ns;
}

static void note_idle(const struct connection *connection)
{
    if (connection->pool_grows)
        atomic_fetch_sub(&connection->hints->busy, 1);
}

int64_t connection_end(struct connection *connection)
{
    int64_t took_ns = end(connection);

    note_idle(connection);
    return took_ns;
}

void connection_cut(struct connection *connection, uint32_t number)
{
    int fd = connection->fd;

    if (fd < 0 || number != connection->number)
        return;
    if (connection->service->cut != NULL)
        connection->service->cut(fd);
    else
        shutdown(fd, SHUT_RDWR);
    connection->fd = -1; /* once is enough; reads and sends fail from now on */
    connection->was_cut = 1;
    counter_add(&connection->page->counters.timeouts, 1);
}

/* A byte moved: the caller has its idle_timeout anew. */
static inline void note_moved(struct connection *connection)
{
    stamp(&connection->page->moved_ns, clock_read_ns(CLOCK_MONOTONIC_COARSE, &connection->now));
}

static size_t read_request(struct connection *connection, void *bytes, size_t size)
{
    ssize_t got;

    if (connection->requests_left == 0)
        return 0;
    got = read(connection->fd, bytes, size); /* no EINTR: worker_signals.c has SA_RESTART */
    if (got <= 0) {
        connection->was_lost = got < 0;
        return 0;
    }
    note_moved(connection);
    counter_add(&connection->page->counters.bytes_in, (uint64_t)got);
    connection->requests_left--;
    return connection->requests_max == 1 ? 1 : (size_t)got;
}

/* With what flags the answer to the last request that was read is sent. */
static inline int send_flags(const struct connection *connection)
{
    return connection->requests_left == 0 ? connection->last_flags : MSG_NOSIGNAL;
}

/* Send what is left of SIZE BYTES after PUT of them, or after the send(2) that failed: 0, or -1 when
 * the caller is gone or was cut. */
static __attribute__((noinline)) int send_rest(struct connection *connection, const char *bytes,
                                               size_t size, ssize_t put)
{
    while (put >= 0) {
        counter_add(&connection->page->counters.bytes_out, (uint64_t)put);
        bytes += put;
        size -= (size_t)put;
        if (size == 0)
            return 0;
        note_moved(connection);
        put = send(connection->fd, bytes, size, send_flags(connection));
    }
    connection->was_lost = true;
    return -1;
}

/* Send all of the answer and count it: 0, or -1 as above. */
static inline int send_answer(struct connection *connection, const char *bytes, size_t size)
{
    ssize_t put = send(connection->fd, bytes, size, send_flags(connection));

    if (__builtin_expect(put == (ssize_t)size, 1))
        counter_add(&connection->page->counters.bytes_out, (uint64_t)put);
    else if (send_rest(connection, bytes, size, put) < 0)
        return -1;
    counter_add(&connection->page->counters.requests, 1);
    return 0;
}

static int answer(struct connection *connection, const void *bytes, size_t size)
{
    if (connection->requests_left != 0) {
        if (send_answer(connection, bytes, size) < 0)
            return -1;
        note_moved(connection);
        return 0;
    }
    if (send_answer(connection, bytes, size) == 0 && connection->half_close)
        shutdown(connection->fd, SHUT_WR); /* it can only say that the caller is gone already */
    return -1;
}

static int send_bytes(struct connection *connection, const void *bytes, size_t size)
{
    return send_rest(connection, bytes, size, 0);
}

static void conclude(struct connection *connection, const void *bytes, size_t size)
{
    connection->requests_left = 0;
    answer(connection, bytes, size);
}

static const struct connection_ops ops = {
    .read_request = read_request,
    .answer = answer,
    .send = send_bytes,
    .conclude = conclude,
};

/* Read on to the caller's end of file: a close with bytes unread sends a reset, which may overtake
 * an answer that was lost on the way and has to be sent again. */
static void linger(struct connection *connection, int fd)
{
    int64_t deadline_ns = clock_now_ns() + connection->linger_ns;
    char bytes[512];

    do
        note_moved(connection);
    while (connection->fd >= 0 && io_wait(fd, POLLIN, deadline_ns) == 0 &&
           recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0);
}

/* The caller does not wait for what is only told of it. */
static __attribute__((noinline)) void tell_end(struct connection *connection, int fd,
                                               int64_t took_ns)
{
    note_idle(connection);
    close(fd);
    if (connection->logs)
        connection_log_stream(connection, took_ns);
}

void connection_serve(struct connection *connection, int fd)
{
    int64_t took_ns;

    connection->requests_left = connection->requests_max;
    begin(connection, fd);
    connection->service->stream(connection, &ops);
    if (connection->linger_ns > 0 && connection->requests_left == 0)
        linger(connection, fd);
    took_ns = end(connection);
    if (connection->tells_end)
        tell_end(connection, fd, took_ns);
    else
        close(fd);
}
