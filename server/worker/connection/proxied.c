/*
 * proxied: see proxied.h.
 *
 * Nothing behind the header is taken from the socket, as a program may read it: the header is
 * looked at with MSG_PEEK, and what certainly belongs to it is read. Two calls do for one that has
 * arrived.
 *
 * Until then the worker is busy, and the connection has not been accepted: it is none where it ends
 * as a health check, or is refused.
 */
#include "server/worker/connection/proxied.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/words.h"
#include "common/io.h"
#include "common/log.h"
#include "common/source.h"
#include "server/worker/connection/connection_log.h"
#include "server/worker/connection/proxy_header.h"

/* How long a header may take to come: twice what a segment that was lost takes to come again. */
#define HEADER_WITHIN_NS (5 * NS_PER_S)

/* How long to wait for the end of a health check where the service may be the first to speak. */
#define CHECK_WITHIN_NS (100 * NS_PER_MS)

static struct {
    struct source *sources; /* of proxy_from */
    size_t count;
    void (*serve)(struct connection *connection, int fd); /* after the header */
    bool is_unix;
    bool client_speaks_first;
    struct proxy_header header; /* of the active connection */
} self;

int proxied_begin(const struct pool_config *config,
                  void (*serve)(struct connection *connection, int fd))
{
    char **words = config_words(config->proxy_from);

    if (words == NULL)
        return -1;
    while (words[self.count] != NULL)
        self.count++;
    self.sources = calloc(self.count + 1, sizeof(*self.sources));
    if (self.sources != NULL) {
        for (size_t i = 0; i < self.count; i++)
            source_parse(words[i], &self.sources[i]);
    }
    free(words);
    self.is_unix = config->mode == MODE_UNIX;
    self.serve = serve;
    self.client_speaks_first = service_lets_client_speak_first(config);
    return self.sources == NULL ? -1 : 0;
}

/* Return NULL where the other end of FD, which has the address PEER, is in proxy_from, or what is
 * wrong with its header. */
static const char *distrust(int fd, const union endpoint_address *peer)
{
    static char wrong[96];
    struct ucred process = {.uid = (uid_t)-1, .gid = (gid_t)-1};
    socklen_t size = sizeof(process);
    bool found = false;

    if (self.is_unix)
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &process, &size);
    for (size_t i = 0; i < self.count && !found; i++)
        found = self.is_unix ? source_has_process(&self.sources[i], process.uid, process.gid)
                             : source_has_address(&self.sources[i], peer);
    if (found)
        return NULL;
    if (!self.is_unix)
        return "is not trusted: that address is not in proxy_from";
    snprintf(wrong, sizeof(wrong), "is not trusted: user %u, group %u is not in proxy_from",
             (unsigned int)process.uid, (unsigned int)process.gid);
    return wrong;
}

/* Receive at most SIZE BYTES, at least one, before DEADLINE_NS. Returns how many, 0 at the end of
 * file or after a reset, -1 where nothing has come. */
static ssize_t receive(int fd, void *bytes, size_t size, int flags, int64_t deadline_ns)
{
    ssize_t got;

    while ((got = recv(fd, bytes, size, flags | MSG_DONTWAIT)) < 0) {
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return 0;
        if (io_wait(fd, POLLIN, deadline_ns) < 0)
            return -1;
    }
    return got;
}

static const char *missing(ssize_t got)
{
    return got < 0 ? "did not come in time" : "ended too soon";
}

/* Take LEFT bytes that belong to the header and do not matter (TLVs) from FD. Returns NULL, or what
 * is wrong with the header. */
static const char *skip(int fd, size_t left, int64_t deadline_ns)
{
    char bytes[1024];

    while (left > 0) {
        ssize_t got =
            receive(fd, bytes, left < sizeof(bytes) ? left : sizeof(bytes), 0, deadline_ns);

        if (got <= 0)
            return missing(got);
        left -= (size_t)got;
    }
    return NULL;
}

/* Take the header from FD. Returns NULL, or what is wrong with it. */
static const char *read_header(int fd, int64_t deadline_ns)
{
    struct proxy_header *header = &self.header;
    unsigned char bytes[PROXY_HEADER_ROOM];
    size_t size = 0;
    enum proxy_verdict verdict;

    do {
        ssize_t got = receive(fd, bytes + size, sizeof(bytes) - size, MSG_PEEK, deadline_ns);
        size_t end;

        if (got <= 0)
            return missing(got);
        end = size + (size_t)got;
        verdict = proxy_header_parse(bytes, end, header);
        if (verdict == PROXY_MALFORMED)
            return "is malformed";
        if (verdict == PROXY_COMPLETE && header->length < end)
            end = header->length;
        if (recv(fd, bytes + size, end - size, MSG_DONTWAIT) != (ssize_t)(end - size))
            return missing(0);
        size = end;
    } while (verdict == PROXY_INCOMPLETE);
    return skip(fd, header->length - size, deadline_ns);
}

/* Return whether FD, a connection of the proxy's own, ends without a byte. */
static bool is_health_check(int fd, int64_t deadline_ns)
{
    char byte;

    if (!self.client_speaks_first)
        deadline_ns = clock_earlier_ns(deadline_ns, clock_now_ns() + CHECK_WITHIN_NS);
    return receive(fd, &byte, 1, MSG_PEEK, deadline_ns) == 0;
}

/* Count and log that a connection ends, for what is WRONG with its header. */
static void refuse(const struct connection *connection, const char *wrong)
{
    char peer[ENDPOINT_TEXT_SIZE];

    counter_add(&connection->page->counters.proxy_refused, 1);
    if (!connection_may_complain(&connection->hints->header_complained_s))
        return;
    scoreboard_print_peer(connection->page, peer);
    log_line(LOG_WARNING, "pool %s: connection refused: the PROXY header from %s %s",
             connection->pool, peer, wrong);
    connection_log_count_dropped(connection);
}

/* Have the connection be that of the header. Returns whether it is to be served. */
static bool admit(struct connection *connection, int fd, int64_t deadline_ns)
{
    struct worker_page *page = connection->page;
    const char *wrong = distrust(fd, &page->peer);

    if (wrong == NULL)
        wrong = read_header(fd, deadline_ns);
    if (connection->was_cut) /* by a stop */
        return false;
    if (wrong != NULL) {
        refuse(connection, wrong);
        return false;
    }
    if (!self.header.has_addresses) {
        bool is_check = is_health_check(fd, deadline_ns);

        counter_add(&page->counters.health_checks, is_check);
        return !is_check;
    }
    page->peer = self.header.source;
    page->peer_length = self.header.source_length;
    return true;
}

static void stamp(_Atomic int64_t *when_ns, int64_t now_ns)
{
    atomic_store_explicit(when_ns, now_ns, memory_order_relaxed);
}

void proxied_serve(struct connection *connection, int fd)
{
    struct worker_page *page = connection->page;
    int64_t now_ns = clock_now_ns(), deadline_ns = now_ns + HEADER_WITHIN_NS;
    bool admitted;

    stamp(&page->began_ns, now_ns);
    stamp(&page->moved_ns, now_ns);
    stamp(&page->header_due_ns, deadline_ns);
    connection_publish(connection, fd);
    admitted = admit(connection, fd, deadline_ns);
    connection_note_moved(connection); /* since then the worker is idle, if it is */
    connection_withdraw(connection);
    stamp(&page->header_due_ns, 0);
    connection->was_cut = 0;
    connection->proxied = &self.header;
    if (admitted)
        self.serve(connection, fd);
    else
        close(fd);
}
