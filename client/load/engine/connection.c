/*
 * connection: see connection.h.
 */
#include "client/load/engine/connection.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/shared/target.h"
#include "common/clock.h"

static enum load_outcome fail_call(struct load_connection *connection, enum load_error error)
{
    connection->error = error;
    return OUTCOME_FAILED;
}

/* Classify a failed socket(2), connect(2) or first send(2) by errno. */
static enum load_outcome fail_to_connect(struct load_connection *connection)
{
    connection->cause = errno;
    switch (connection->cause) {
    case ECONNREFUSED:
    case ENOENT:
        return fail_call(connection, CONNECT_REFUSED);
    case EADDRNOTAVAIL:
    case EAGAIN: /* of a datagram socket over inet; of a unix stream it is a full queue */
        return fail_call(connection, CONNECT_NO_PORTS);
    case EMFILE:
    case ENFILE:
        return fail_call(connection, CONNECT_DESCRIPTOR_LIMIT);
    case ETIMEDOUT:
        return fail_call(connection, CONNECT_TIMEOUT);
    default:
        return fail_call(connection, CONNECT_OTHER);
    }
}

/* Return a socket that is ready to connect, or -1 with errno. */
static int open_socket(const struct load_plan *plan)
{
    const struct endpoint *endpoint = &plan->endpoint;
    static const int on = 1;
    int fd =
        socket(endpoint->address.any.sa_family, endpoint->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    /* Without TCP_NODELAY the last segment of a request would wait for the acknowledgement of the
     * one before. A request of one segment on its own connection never waits. */
    if (!endpoint_is_unix(endpoint) && endpoint->type == SOCK_STREAM &&
        (plan->keep_open || plan->size > 1))
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (target_name_socket(endpoint, fd) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Start to connect. Over loopback the handshake is mostly done when connect(2) returns EINPROGRESS,
 * so calling code tries to send at once. */
static enum load_outcome begin_connect(struct load_connection *connection,
                                       const struct load_plan *plan)
{
    connection->connected_anew = true;
    connection->state = STATE_CONNECTING;
    connection->answered = 0;
    if (connection->fd < 0 && (connection->fd = open_socket(plan)) < 0)
        return fail_to_connect(connection);
    if (connect(connection->fd, &plan->endpoint.address.any, plan->endpoint.length) == 0) {
        connection->state = STATE_SENDING;
        connection->connected_ns = clock_now_ns();
        return OUTCOME_PENDING;
    }
    if (errno == EINPROGRESS)
        return OUTCOME_PENDING;
    if (errno != EAGAIN || !endpoint_is_unix(&plan->endpoint))
        return fail_to_connect(connection);
    connection->state = STATE_QUEUE_FULL;
    return OUTCOME_QUEUE_FULL;
}

static enum load_outcome send_request(struct load_connection *connection,
                                      const struct load_plan *plan,
                                      const struct load_payload *payload)
{
    if (connection->state == STATE_CONNECTING)
        connection->connected_ns = clock_now_ns();
    while (connection->sent < plan->size) {
        size_t left = plan->size - connection->sent;
        ssize_t put = send(connection->fd,
                           load_payload_request(payload, connection->number, connection->sent),
                           left < PAYLOAD_WINDOW ? left : PAYLOAD_WINDOW, MSG_NOSIGNAL);

        if (put < 0 && errno == EAGAIN)
            return OUTCOME_PENDING;
        if (put < 0 && (errno == EPIPE || errno == ECONNRESET)) {
            connection->state = STATE_SENDING; /* it was connected */
            return fail_call(connection, REPLY_RESET);
        }
        if (put < 0)
            return fail_to_connect(connection);
        connection->state = STATE_SENDING;
        connection->sent += (size_t)put;
    }
    connection->state = STATE_RECEIVING;
    return OUTCOME_PENDING;
}

/* Compare GOT bytes of the reply with the expected ones. */
static enum load_outcome verify(struct load_connection *connection, const struct load_plan *plan,
                                const struct load_payload *payload, const unsigned char *bytes,
                                size_t got)
{
    size_t left = plan->size - connection->received;

    if (!load_payload_matches(payload, connection->number, connection->received, bytes,
                              got < left ? got : left))
        return fail_call(connection, REPLY_MISMATCH);
    connection->received += got;
    if (got > left && plan->expect != EXPECT_ANY)
        return fail_call(connection, REPLY_EXTRA);
    if (got < left && plan->endpoint.type == SOCK_DGRAM)
        return fail_call(connection, REPLY_SHORT);
    if (got < left)
        return OUTCOME_PENDING;
    connection->state = STATE_IDLE;
    connection->answered++;
    return OUTCOME_OK;
}

static enum load_outcome receive_reply(struct load_connection *connection,
                                       const struct load_plan *plan,
                                       const struct load_payload *payload)
{
    static unsigned char bytes[PAYLOAD_WINDOW]; /* on the stack, probing its pages costs time */
    enum load_outcome outcome;
    ssize_t got;

    do {
        got = recv(connection->fd, bytes, sizeof(bytes), 0);
        if (got < 0 && errno == EAGAIN)
            return OUTCOME_PENDING;
        if (got < 0)
            return errno == ECONNREFUSED ? fail_to_connect(connection)
                                         : fail_call(connection, REPLY_RESET);
        connection->heard = true;
        if (got == 0)
            return fail_call(connection, REPLY_SHORT);
        outcome = verify(connection, plan, payload, bytes, (size_t)got);
    } while (outcome == OUTCOME_PENDING && got == sizeof(bytes));
    return outcome;
}

enum load_outcome load_connection_start(struct load_connection *connection,
                                        const struct load_plan *plan,
                                        const struct load_payload *payload)
{
    enum load_outcome outcome;

    connection->sent = connection->received = 0;
    connection->connected_anew = connection->heard = false;
    connection->state = STATE_SENDING;
    connection->connected_ns = connection->started_ns;
    if (connection->fd < 0) {
        outcome = begin_connect(connection, plan);
        if (outcome != OUTCOME_PENDING)
            return outcome;
    }
    return send_request(connection, plan, payload);
}

enum load_outcome load_connection_advance(struct load_connection *connection,
                                          const struct load_plan *plan,
                                          const struct load_payload *payload)
{
    enum load_outcome outcome;

    if (connection->state == STATE_QUEUE_FULL) {
        outcome = begin_connect(connection, plan);
        if (outcome != OUTCOME_PENDING)
            return outcome;
    }
    if (connection->state == STATE_RECEIVING)
        return receive_reply(connection, plan, payload);
    outcome = send_request(connection, plan, payload);
    if (outcome != OUTCOME_PENDING || connection->sent == 0)
        return outcome;
    /* Read before all is sent: a server that answers as it reads blocks once its answers fill the
     * socket buffers, and would read no more. */
    return receive_reply(connection, plan, payload);
}

uint32_t load_connection_events(const struct load_connection *connection)
{
    switch (connection->state) {
    case STATE_CONNECTING:
        return EPOLLOUT;
    case STATE_SENDING:
        return EPOLLIN | EPOLLOUT;
    default:
        return EPOLLIN;
    }
}

/* A unix connect(2) that has to wait found the accept queue full. */
static enum load_error connect_timeout(const struct load_plan *plan)
{
    return endpoint_is_unix(&plan->endpoint) ? CONNECT_BACKLOG_FULL : CONNECT_TIMEOUT;
}

bool load_connection_is_late(struct load_connection *connection, const struct load_plan *plan,
                             int64_t now_ns)
{
    bool connected = connection->state != STATE_QUEUE_FULL && connection->state != STATE_CONNECTING;
    int64_t connect_ns = (connected ? connection->connected_ns : now_ns) - connection->started_ns;

    if (connect_ns >= plan->connect_timeout_ns)
        connection->error = connect_timeout(plan);
    else if (connected && now_ns - connection->started_ns >= plan->timeout_ns)
        connection->error = REPLY_TIMEOUT;
    else
        return false;
    connection->cause = ETIMEDOUT;
    return true;
}

void load_connection_close(struct load_connection *connection)
{
    if (connection->fd >= 0)
        close(connection->fd);
    connection->fd = -1;
    connection->watched = 0;
}
