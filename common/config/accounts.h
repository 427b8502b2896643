/*
 * accounts: users and groups, as the data bases of this host have them (nsswitch.conf(5)). That
 * there is no such name and that a data base could not be asked are two answers: by the first a
 * default may be chosen, by the second nothing. Private to common/config.
 *
 * A look-up may take seconds, and a master has a child read its configuration
 * (server/master/config_reader.h).
 */
#ifndef PREFORKD_COMMON_CONFIG_ACCOUNTS_H
#define PREFORKD_COMMON_CONFIG_ACCOUNTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct account {
    char *name;  /* to be freed; NULL: it has none */
    int64_t uid; /* -1: there is no account */
    int64_t gid; /* of its primary group; -1: not known */
};

/* Find a user by its name, or by its number, and a group in the same way, of which *NAME is to be
 * freed. They return 0; ENOENT where there is none; or why it is not known, an errno. */
int account_find(const char *name, struct account *account);
int account_find_id(uid_t uid, struct account *account);
int account_find_group(const char *name, gid_t *gid);
int account_find_group_id(gid_t gid, char **name);

/* Set *GROUPS, to be freed, to GID and the groups of which the user NAME is a member, COUNT in all.
 * Returns 0, or why they are not known, an errno, with none in *GROUPS. */
int account_find_groups(const char *name, gid_t gid, gid_t **groups, size_t *count);

/* Return the number of the user or the group called NAME, or -1 with *REASON. */
int64_t account_user_number(const char *name, const char **reason);
int64_t account_group_number(const char *name, const char **reason);

#endif
