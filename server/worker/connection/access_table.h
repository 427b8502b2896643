/*
 * access_table: the keys allow and deny of a pool, in a form for fast look-ups. The master makes it
 * once, before it forks, and all workers share the memory.
 *
 * Among networks the longest prefix decides, among processes the user, then a group; `all` decides
 * where no other rule does. Of two equal rules deny wins.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_ACCESS_TABLE_H
#define PREFORKD_SERVER_WORKER_CONNECTION_ACCESS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/config/config.h"
#include "common/source.h"

enum access_verdict {
    ACCESS_ALLOWED,
    ACCESS_DENIED,
    ACCESS_UNNAMED, /* it is not in allow */
    ACCESS_UNKNOWN  /* the kernel does not say whose it is */
};

struct access_rule {
    struct source source;
    enum access_verdict verdict;
};

struct access_table;

/* Make the table of the pool of CONFIG. Returns 0 with *TABLE, NULL where the pool serves everyone;
 * or -1 with errno. */
int access_table_create(const struct pool_config *config, struct access_table **table);

/* Free TABLE, which may be NULL. */
void access_table_destroy(struct access_table *table);

/* Return the rule for a client of which no other rule speaks. */
const struct access_rule *access_table_of_all(const struct access_table *table);

/* Return the rule that decides for a client with ADDRESS; the one of `all` where that is no inet
 * address. */
const struct access_rule *access_table_of_address(const struct access_table *table,
                                                  const union endpoint_address *address);

/* Return whether there are rules for users or groups; or for groups alone. */
bool access_table_has_users(const struct access_table *table);
bool access_table_has_groups(const struct access_table *table);

/* Return the rule for the user UID, or the one that decides among those for the COUNT GROUPS; NULL:
 * there is none. */
const struct access_rule *access_table_of_user(const struct access_table *table, uid_t uid);
const struct access_rule *access_table_of_groups(const struct access_table *table,
                                                 const gid_t *groups, size_t count);

#endif
