/*
 * access: see access.h.
 *
 * A pool without the two keys has no table, and its workers call nothing of this for a stream. On
 * inet the address is known from accept(2). On a unix socket a rule for users takes one system
 * call, and one for groups another. What cannot be found out is refused.
 */
#include "server/worker/connection/access.h"

#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "server/worker/connection/connection_log.h"

static struct {
    const struct access_table *table;
    bool by_process;     /* clients are known as processes of this host */
    struct ucred client; /* of the last stream, where that was asked */
    void (*serve)(struct connection *connection, int fd); /* after the rules */
} self;

/* The rule for a process of which the kernel does not say whose it is. */
static const struct access_rule rule_of_unknown = {.verdict = ACCESS_UNKNOWN};

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

/* Return the rule for the groups of the process that connected to FD: its group, and the
 * supplementary ones. NULL: there is none. */
static const struct access_rule *rule_of_groups(int fd)
{
    static gid_t groups[1 + NGROUPS_MAX]; /* what is not used takes no memory */
    socklen_t size = NGROUPS_MAX * sizeof(*groups);

    groups[0] = self.client.gid;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, &groups[1], &size) < 0)
        return &rule_of_unknown;
    return access_table_of_groups(self.table, groups, 1 + size / sizeof(*groups));
}

/* Return the rule for the process that connected to FD. */
static const struct access_rule *rule_of_process(int fd)
{
    const struct access_rule *rule = NULL;
    socklen_t size = sizeof(self.client);

    if (access_table_has_users(self.table)) {
        self.client = (struct ucred){.uid = (uid_t)-1, .gid = (gid_t)-1};
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &self.client, &size) < 0)
            return &rule_of_unknown;
        rule = access_table_of_user(self.table, self.client.uid);
    }
    if (rule == NULL && access_table_has_groups(self.table))
        rule = rule_of_groups(fd);
    return rule == NULL ? access_table_of_all(self.table) : rule;
}

static const struct access_rule *rule_of(const struct connection *connection, int fd)
{
    return self.by_process ? rule_of_process(fd)
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
