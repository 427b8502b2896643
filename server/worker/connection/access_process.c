/*
 * access_process: see access_process.h.
 */
#include "server/worker/connection/access_process.h"

#include <limits.h>

/* The rule for a process of which the kernel does not say whose it is. */
static const struct access_rule rule_of_unknown = {.verdict = ACCESS_UNKNOWN};

/* Return the rule for the groups of the process that connected to FD: GID, and the supplementary
 * ones. NULL: there is none. */
static const struct access_rule *rule_of_groups(const struct access_table *table, int fd, gid_t gid)
{
    static gid_t groups[1 + NGROUPS_MAX]; /* what is not used takes no memory */
    socklen_t size = NGROUPS_MAX * sizeof(*groups);

    groups[0] = gid;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, &groups[1], &size) < 0)
        return &rule_of_unknown;
    return access_table_of_groups(table, groups, 1 + size / sizeof(*groups));
}

const struct access_rule *access_process_find(const struct access_table *table, int fd,
                                              struct ucred *client)
{
    const struct access_rule *rule = NULL;
    socklen_t size = sizeof(*client);

    if (access_table_has_users(table)) {
        *client = (struct ucred){.uid = (uid_t)-1, .gid = (gid_t)-1};
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, client, &size) < 0)
            return &rule_of_unknown;
        rule = access_table_of_user(table, client->uid);
    }
    if (rule == NULL && access_table_has_groups(table))
        rule = rule_of_groups(table, fd, client->gid);
    return rule == NULL ? access_table_of_all(table) : rule;
}
