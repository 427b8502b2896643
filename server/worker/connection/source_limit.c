/*
 * source_limit: see source_limit.h.
 *
 * A pool without the two keys has no board, and its workers call nothing of this. On inet the
 * source is known from accept(2), and the limits take no system call. On a unix socket the user
 * takes one, unless the rules have asked for it already.
 *
 * A client that has seen the end of its answer may connect again before the worker has closed the
 * connection, or runs again. So where no more than one short answer is sent, the place is free
 * before the answer leaves: nothing that follows can wait for the client, as a socket takes its
 * first few hundred bytes at once. Where it could, the place is held until close(2), or a client
 * that does not read would hold workers that do not count.
 */
#include "server/worker/connection/source_limit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "server/scoreboard/source_key.h"
#include "server/scoreboard/source_rate.h"
#include "server/scoreboard/source_seat.h"
#include "server/worker/connection/access.h"
#include "server/worker/connection/connection_log.h"

enum { SHORT_ANSWER = 512 }; /* bytes, which the buffer of any socket has room for */

static struct {
    struct source_share share;
    uint64_t most; /* at once */
    int64_t per_s; /* NUMBER_UNLIMITED: any number */
    struct connection_ops ops;
} self;

/* Why a client is refused. */
enum reason { ADMITTED, TOO_MANY, TOO_FAST };

bool source_limit_is_set(const struct pool_config *config)
{
    return config->max_per_source != NUMBER_UNLIMITED ||
           config->max_rate_per_source != NUMBER_UNLIMITED;
}

/* An answer of SIZE bytes is about to end the connection. */
static void leave_before(size_t size)
{
    if (size <= SHORT_ANSWER)
        source_seat_leave(&self.share);
}

static int answer(struct preforkd_connection *connection, const void *bytes, size_t size)
{
    leave_before(size);
    return connection_ops.bytes.answer(connection, bytes, size);
}

static void conclude(struct preforkd_connection *connection, const void *bytes, size_t size)
{
    leave_before(size);
    connection_ops.bytes.conclude(connection, bytes, size);
}

void source_limit_begin(const struct source_share *share, const struct pool_config *config,
                        struct connection *connection)
{
    self.share = *share;
    self.most = (uint64_t)config->max_per_source;
    self.per_s = config->max_rate_per_source;
    self.ops = connection_ops;
    if (config->linger_ns == 0)
        self.ops.bytes.conclude = conclude;
    if (config->linger_ns == 0 && config->requests_per_connection == 1)
        self.ops.bytes.answer = answer;
    connection->ops = &self.ops;
}

/* Return the user of the process that connected to FD; (uid_t)-1 where that is not known, as on an
 * inet socket, whose header names a unix one. */
static uid_t user_of(int fd)
{
    struct ucred process = {.uid = access_user()};
    socklen_t size = sizeof(process);

    if (process.uid == (uid_t)-1 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &process, &size) < 0)
        return (uid_t)-1;
    return process.uid;
}

static uint64_t source_of(const struct connection *connection, int fd)
{
    const union endpoint_address *peer = &connection->page->peer;

    return peer->any.sa_family == AF_UNIX ? source_key_of_user(user_of(fd))
                                          : source_key_of_address(peer);
}

static bool is_too_fast(uint64_t key)
{
    return self.per_s != NUMBER_UNLIMITED &&
           !source_rate_take(&self.share, key, self.per_s, clock_now_ns());
}

/* A connection that comes too fast counts while that is found out. One that is one too many takes
 * nothing from the rate. */
static enum reason judge(struct connection *connection, uint64_t key)
{
    connection->from_source = source_seat_take(&self.share, key, self.most);
    if (connection->from_source == 0)
        return TOO_MANY;
    if (!is_too_fast(key))
        return ADMITTED;
    source_seat_leave(&self.share);
    return TOO_FAST;
}

static void log_refusal(const struct connection *connection, const char *what, uint64_t key,
                        enum reason reason)
{
    struct pool_hints *hints = connection->hints;
    char peer[ENDPOINT_TEXT_SIZE], source[SOURCE_TEXT_SIZE], more[CONNECTION_MORE_SIZE];

    if (!connection_may_name(&hints->source_complained_s, &hints->source_left_out, more))
        return;
    scoreboard_print_peer(connection->page, peer);
    source_key_print(key, source);
    if (reason == TOO_MANY)
        log_line(LOG_WARNING, "pool %s: %s refused: %s: %s is at max_per_source = %llu%s",
                 connection->pool, what, peer, source, (unsigned long long)self.most, more);
    else
        log_line(LOG_WARNING, "pool %s: %s refused: %s: %s is over max_rate_per_source = %lld%s",
                 connection->pool, what, peer, source, (long long)self.per_s, more);
    connection_log_count_dropped(connection);
}

static void refuse(const struct connection *connection, const char *what, uint64_t key,
                   enum reason reason)
{
    struct counters *counters = &connection->page->counters;

    counter_add(reason == TOO_MANY ? &counters->source_refused : &counters->rate_refused, 1);
    source_share_note_refused(&self.share, key);
    log_refusal(connection, what, key, reason);
}

void source_limit_serve(struct connection *connection, int fd)
{
    uint64_t key = source_of(connection, fd);
    enum reason reason = judge(connection, key);

    if (reason == ADMITTED) {
        connection_serve(connection, fd);
        source_seat_leave(&self.share);
        return;
    }
    close(fd); /* before the line: the client does not wait for the log */
    refuse(connection, "connection", key, reason);
}

bool source_limit_admits_datagram(const struct connection *connection)
{
    uint64_t key = source_key_of_address(&connection->page->peer);

    if (!is_too_fast(key))
        return true;
    refuse(connection, "datagram", key, TOO_FAST);
    return false;
}
