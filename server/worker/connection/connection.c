/*
 * connection: see connection.h.
 *
 * The order of stores matters twice. The descriptor is published after the number and withdrawn
 * before close(2), so that the deadline of one connection never cuts the next one, see cut.c. The
 * number is stored before `asleep` is read, and the master sets `asleep` before it reads the
 * numbers: so one of the two sees the other.
 *
 * Every connection takes this path: tests/bench/instructions counts what it costs.
 */
#include "server/worker/connection/connection.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/io.h"
#include "server/service/service_log.h"
#include "server/worker/connection/connection_log.h"
#include "server/worker/connection/program_ops.h"

enum { WAKE_ATTEMPTS = 3 };

/* Over inet the last bytes of a stream wait for the FIN and leave with it, in one segment:
 * MSG_MORE, then shutdown(2); without the shutdown, a close with unread bytes loses them (tcp(7)).
 * A unix socket needs neither, unless linger is set: the client is to close the connection, which
 * it does when it sees the end of the answer. */
void connection_init(struct connection *connection, const struct pool_config *config,
                     const struct service *service, struct worker_page *page,
                     struct pool_hints *hints, size_t slot, int wake_fd)
{
    const struct preforkd_service *bytes = service->bytes;
    bool inet = config->mode == MODE_INET;

    *connection = (struct connection){
        .service = service,
        .stream = bytes == NULL ? service->stream : bytes->stream,
        .datagram = bytes == NULL ? service->datagram : bytes->datagram,
        .ops = &connection_ops,
        .page = page,
        .hints = hints,
        .wake_fd = wake_fd,
        .fd = -1,
        .requests_max = config->requests_per_connection,
        .linger_ns = config->linger_ns,
        .last_flags = MSG_NOSIGNAL | (inet ? MSG_MORE : 0),
        .half_close = inet || config->linger_ns > 0,
        .pool_grows = config->workers.min < config->workers.max,
        .logs = config->log_connections != 0,
        .runs_program = config->runs_program,
        .knows_bytes = inet || config->moves_bytes,
        .pool = config->name,
        .slot = slot,
    };
    service_log_begin(config->name);
}

void connection_set_module(struct connection *connection, const struct preforkd_service *bytes)
{
    connection->stream = bytes->stream;
    connection->datagram = bytes->datagram;
}

void connection_wake_master(const struct connection *connection)
{
    /* A full pipe wakes the master as well. Try again after any failure: without the wakeup the
     * master would miss a deadline, or that this worker accepts. */
    for (int attempt = 0; attempt < WAKE_ATTEMPTS; attempt++) {
        if (write(connection->wake_fd, "", 1) == 1)
            return;
    }
}

/* Count one more busy worker. If that leaves too few idle ones, ask for more workers, once: the
 * master sets ask_at again when it has looked. */
static void note_busy(const struct connection *connection)
{
    struct pool_hints *hints = connection->hints;

    if (atomic_fetch_add(&hints->busy, 1) + 1 > atomic_load(&hints->ask_at) &&
        atomic_exchange(&hints->ask_at, HINT_ASKED) != HINT_ASKED)
        connection_wake_master(connection);
}

static void stamp(_Atomic int64_t *when_ns, int64_t now_ns)
{
    atomic_store_explicit(when_ns, now_ns, memory_order_relaxed);
}

/* If this is the first connection of the second NOW_S, record how many came before it. */
static void note_second(struct connection *connection, int64_t now_s)
{
    struct worker_page *page = connection->page;
    struct second *second = &page->seconds[(uint64_t)now_s % SECONDS_KEPT];

    if (now_s == connection->second)
        return;
    connection->second = now_s;
    atomic_store_explicit(&second->accepted, counter_read(&page->counters.accepted),
                          memory_order_relaxed);
    atomic_store_explicit(&second->second, now_s, memory_order_release);
}

/* If the master has found no active connection and sleeps without a timer, it needs one now. */
static inline void publish(struct connection *connection, int fd)
{
    uint32_t number = connection->number + 1;

    if (number == 0)
        number = 1; /* 0 is an idle worker */
    connection->number = number;
    atomic_signal_fence(memory_order_seq_cst);
    connection->fd = fd;
    atomic_store(&connection->page->connection, number);
    if (atomic_load(&connection->hints->asleep) != 0 &&
        atomic_exchange(&connection->hints->asleep, 0) != 0)
        connection_wake_master(connection);
    if (connection->pool_grows)
        note_busy(connection);
}

static inline void withdraw(struct connection *connection, struct worker_page *page)
{
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&page->connection, 0, memory_order_release);
    if (connection->pool_grows)
        atomic_fetch_sub(&connection->hints->busy, 1);
}

void connection_begin(struct connection *connection, int fd)
{
    struct worker_page *page = connection->page;
    int64_t now_ns = clock_now_ns();

    note_second(connection, now_ns / NS_PER_S);
    stamp(&page->began_ns, now_ns);
    stamp(&page->moved_ns, now_ns);
    atomic_store_explicit(&page->in_before, counter_read(&page->counters.bytes_in),
                          memory_order_relaxed);
    atomic_store_explicit(&page->out_before, counter_read(&page->counters.bytes_out),
                          memory_order_relaxed);
    counter_add(&page->counters.accepted, 1);
    publish(connection, fd);
}

int64_t connection_end(struct connection *connection)
{
    struct worker_page *page = connection->page;
    int64_t took_ns = clock_now_ns() - atomic_load_explicit(&page->began_ns, memory_order_relaxed);

    connection->fd = -1;
    counter_add(&page->counters.took[duration_bucket(took_ns)], 1);
    counter_add(&page->counters.took_sum_ns, (uint64_t)took_ns);
    withdraw(connection, page);
    return took_ns;
}

void connection_publish(struct connection *connection, int fd)
{
    publish(connection, fd);
}

void connection_withdraw(struct connection *connection)
{
    connection->fd = -1;
    withdraw(connection, connection->page);
}

static size_t read_request(struct preforkd_connection *handle, void *bytes, size_t size)
{
    struct connection *connection = service_connection(handle);
    ssize_t got;

    if (connection->requests_left == 0)
        return 0;
    while ((got = read(connection->fd, bytes, size)) <= 0) {
        if (got < 0 && errno == EINTR)
            continue; /* a signal to leave waits for the end of the connection */
        connection->was_lost = got < 0;
        return 0;
    }
    connection_note_moved(connection);
    counter_add(&connection->page->counters.bytes_in, (uint64_t)got);
    connection->requests_left--;
    return connection->requests_max == 1 ? 1 : (size_t)got;
}

/* Send and count SIZE BYTES. Returns 0, or -1 when the peer is gone or the connection was cut. */
static inline int send_all(struct connection *connection, const char *bytes, size_t size, int flags)
{
    ssize_t put;

    while ((put = send(connection->fd, bytes, size, flags)) >= 0 || errno == EINTR) {
        if (put < 0)
            continue;
        counter_add(&connection->page->counters.bytes_out, (uint64_t)put);
        bytes += put;
        size -= (size_t)put;
        if (size == 0)
            return 0;
        connection_note_moved(connection);
    }
    connection->was_lost = true;
    return -1;
}

static int answer(struct preforkd_connection *handle, const void *bytes, size_t size)
{
    struct connection *connection = service_connection(handle);
    bool last = connection->requests_left == 0;

    if (send_all(connection, bytes, size, last ? connection->last_flags : MSG_NOSIGNAL) < 0)
        return -1;
    counter_add(&connection->page->counters.requests, 1);
    if (!last) {
        connection_note_moved(connection);
        return 0;
    }
    if (connection->half_close)
        shutdown(connection->fd, SHUT_WR); /* fails only if the peer is gone already */
    return -1;
}

static int send_bytes(struct preforkd_connection *handle, const void *bytes, size_t size)
{
    struct connection *connection = service_connection(handle);

    if (send_all(connection, bytes, size, MSG_NOSIGNAL) < 0)
        return -1;
    connection_note_moved(connection);
    return 0;
}

static void conclude(struct preforkd_connection *handle, const void *bytes, size_t size)
{
    service_connection(handle)->requests_left = 0;
    answer(handle, bytes, size);
}

static const struct sockaddr *peer(const struct preforkd_connection *handle, socklen_t *length)
{
    const union endpoint_address *address =
        program_ops_peer((const struct connection *)handle, length);

    return *length == 0 ? NULL
                        : &address->any; /* of one without a name the kernel writes nothing */
}

const struct connection_ops connection_ops = {
    .bytes = {.request = read_request,
              .answer = answer,
              .send = send_bytes,
              .conclude = conclude,
              .log = service_log,
              .peer = peer},
    .descriptor = program_ops_descriptor,
    .peer = program_ops_peer,
    .executed = program_ops_executed,
    .may_complain = program_ops_may_complain,
    .moved = program_ops_moved,
    .time_out = program_ops_time_out,
    .own = program_ops_own,
    .from_source = program_ops_from_source,
    .ended = program_ops_ended,
    .finish = program_ops_finish,
};

/* Read on to the client's end of file: a close with bytes unread sends a reset, which may overtake
 * an answer that was lost on the way and has to be sent again. A client that sends without a pause
 * is held to the deadline as well. */
static void linger(struct connection *connection, int fd)
{
    int64_t deadline_ns = clock_now_ns() + connection->linger_ns;
    char bytes[512];

    do
        connection_note_moved(connection);
    while (connection->fd >= 0 && io_wait(fd, POLLIN, deadline_ns) == 0 &&
           recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0 && clock_now_ns() < deadline_ns);
}

void connection_serve(struct connection *connection, int fd)
{
    int64_t took_ns;

    connection->requests_left = connection->requests_max;
    connection_begin(connection, fd);
    connection->stream(connection_handle(connection), &connection->ops->bytes);
    if (connection->linger_ns > 0 && connection->requests_left == 0)
        linger(connection, fd);
    took_ns = connection_end(connection);
    close(fd); /* before the line: the client does not wait for the log */
    if (connection->logs)
        connection_log_stream(connection, took_ns);
}
