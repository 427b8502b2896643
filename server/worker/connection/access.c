/*
 * access: see access.h.
 *
 * A pool without the two keys has no table, and its workers call nothing of this for a stream. On
 * inet the address is known from accept(2), on a unix socket access_process.h asks the kernel.
 */
#include "server/worker/connection/access.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "server/worker/connection/access_process.h"
#include "server/worker/connection/connection_log.h"

static struct {
    const struct access_table *table;
    bool by_process;     /* clients are known as processes of this host */
    struct ucred client; /* of the last stream, where that was asked */
    void (*serve)(struct connection *connection, int fd); /* after the rules */
} self;

void access_begin(const struct access_table *table, const struct pool_config *config,
                  void (*serve)(struct connection *connection, int fd))
{
    self.table = table;
    self.serve = serve;
    self.by_process = config->mode == MODE_UNIX && config->proxy_protocol != PROXY_REQUIRED;
}

/* Return whether the user of a client is asked for. */
static bool knows_users(void)
{
    return self.by_process && access_table_has_users(self.table);
}

uid_t access_user(void)
{
    return knows_users() ? self.client.uid : (uid_t)-1;
}

static const struct access_rule *rule_of(const struct connection *connection, int fd)
{
    return self.by_process ? access_process_find(self.table, fd, &self.client)
                           : access_table_of_address(self.table, &connection->page->peer);
}

/* Print the peer to TEXT, with its user and group where these were asked. */
static void print_client(const struct connection *connection, char *text, size_t size)
{
    char peer[ENDPOINT_TEXT_SIZE];

    scoreboard_print_peer(connection->page, peer);
    if (knows_users())
        snprintf(text, size, "%s (user %u, group %u)", peer, (unsigned int)self.client.uid,
                 (unsigned int)self.client.gid);
    else
        snprintf(text, size, "%s", peer);
}

/* Print to TEXT what RULE says of a client. */
static void print_rule(const struct access_rule *rule, char *text, size_t size)
{
    char source[SOURCE_TEXT_SIZE];

    source_print(&rule->source, source);
    if (rule->verdict == ACCESS_DENIED)
        snprintf(text, size, "is denied by 'deny = %s'", source);
    else if (rule->verdict == ACCESS_UNKNOWN)
        snprintf(text, size, "is of a user or of groups that the kernel does not name");
    else
        snprintf(text, size, "is not in allow");
}

/* Log that what the peer has sent, a WHAT, was refused because of RULE: once a second in the pool,
 * with how many there were in between. */
static void log_refusal(const struct connection *connection, const char *what,
                        const struct access_rule *rule)
{
    struct pool_hints *hints = connection->hints;
    char client[ENDPOINT_TEXT_SIZE + 48], reason[SOURCE_TEXT_SIZE + 32], more[CONNECTION_MORE_SIZE];

    if (!connection_may_name(&hints->access_complained_s, &hints->access_left_out, more))
        return;
    print_client(connection, client, sizeof(client));
    print_rule(rule, reason, sizeof(reason));
    log_line(LOG_WARNING, "pool %s: %s refused: %s %s%s", connection->pool, what, client, reason,
             more);
    connection_log_count_dropped(connection);
}

static void refuse(const struct connection *connection, const char *what,
                   const struct access_rule *rule)
{
    counter_add(&connection->page->counters.access_refused, 1);
    log_refusal(connection, what, rule);
}

void access_serve(struct connection *connection, int fd)
{
    const struct access_rule *rule = rule_of(connection, fd);

    if (rule->verdict == ACCESS_ALLOWED) {
        self.serve(connection, fd);
        return;
    }
    close(fd); /* before the line: the client does not wait for the log */
    refuse(connection, "connection", rule);
}

bool access_admits_datagram(const struct connection *connection)
{
    const struct access_rule *rule = rule_of(connection, -1);

    if (rule->verdict == ACCESS_ALLOWED)
        return true;
    refuse(connection, "datagram", rule);
    return false;
}
