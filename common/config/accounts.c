/*
 * accounts: see accounts.h. getpwnam(3) says by errno alone whether it failed, and musl's leaves
 * there what an attempt has left; its kin that end in `_r` return it.
 */
#include "common/config/accounts.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config/errors.h"

/* The room for an entry: a group may have thousands of members. */
enum { ROOM_FIRST = 1024, ROOM_MOST = 64 << 20 };

/* What is looked for: NAME; NULL: the number. */
struct wanted {
    const char *name;
    id_t id;
};

struct entry {
    struct passwd user;
    struct group group;
    bool is_there;
    char *text; /* what the others point to */
};

/* Look for an entry, with SIZE bytes at TEXT for what it points to. Returns an errno; 0 where there
 * is none, too. */
typedef int lookup(const struct wanted *wanted, struct entry *entry, char *text, size_t size);

static int look_for_user(const struct wanted *wanted, struct entry *entry, char *text, size_t size)
{
    struct passwd *found = NULL;
    int error = wanted->name == NULL
                    ? getpwuid_r((uid_t)wanted->id, &entry->user, text, size, &found)
                    : getpwnam_r(wanted->name, &entry->user, text, size, &found);

    entry->is_there = found != NULL;
    return error;
}

static int look_for_group(const struct wanted *wanted, struct entry *entry, char *text, size_t size)
{
    struct group *found = NULL;
    int error = wanted->name == NULL
                    ? getgrgid_r((gid_t)wanted->id, &entry->group, text, size, &found)
                    : getgrnam_r(wanted->name, &entry->group, text, size, &found);

    entry->is_there = found != NULL;
    return error;
}

/* Returns 0, and then the text of ENTRY is to be freed; or as account_find(). A data base that is
 * not there has no entries: in a container without files but the program's, for one. */
static int find(lookup *look, const struct wanted *wanted, struct entry *entry)
{
    int error = ERANGE;
    char *text = NULL;

    for (size_t size = ROOM_FIRST; error == ERANGE && size <= ROOM_MOST; size *= 4) {
        free(text);
        text = malloc(size);
        if (text == NULL)
            config_no_memory();
        error = look(wanted, entry, text, size);
    }
    if (error == 0 && entry->is_there) {
        entry->text = text;
        return 0;
    }
    free(text);
    return error == 0 || error == ESRCH ? ENOENT : error;
}

static char *copy(const char *text)
{
    char *made = strdup(text);

    if (made == NULL)
        config_no_memory();
    return made;
}

static int find_account(const struct wanted *wanted, struct account *account)
{
    struct entry entry;
    int error = find(look_for_user, wanted, &entry);

    *account = (struct account){.uid = -1, .gid = -1};
    if (error != 0)
        return error;
    *account = (struct account){copy(entry.user.pw_name), (int64_t)entry.user.pw_uid,
                                (int64_t)entry.user.pw_gid};
    free(entry.text);
    return 0;
}

int account_find(const char *name, struct account *account)
{
    return find_account(&(struct wanted){.name = name}, account);
}

int account_find_id(uid_t uid, struct account *account)
{
    return find_account(&(struct wanted){.id = uid}, account);
}

int account_find_group(const char *name, gid_t *gid)
{
    struct entry entry;
    int error = find(look_for_group, &(struct wanted){.name = name}, &entry);

    if (error != 0)
        return error;
    *gid = entry.group.gr_gid;
    free(entry.text);
    return 0;
}

int account_find_group_id(gid_t gid, char **name)
{
    struct entry entry;
    int error = find(look_for_group, &(struct wanted){.id = gid}, &entry);

    *name = NULL;
    if (error != 0)
        return error;
    *name = copy(entry.group.gr_name);
    free(entry.text);
    return 0;
}

/* Return whether ERROR can only come from a data base that could not be read. Others a look-up
 * leaves in errno that went well: of a name service that does not run, say. */
static bool is_failure(int error)
{
    return error == EIO || error == EMFILE || error == ENFILE || error == ENOMEM;
}

/* Returns 0, or an errno; ERANGE where there are more than *COUNT, which is set to their number. */
static int list_groups(const char *name, gid_t gid, gid_t *groups, int *count)
{
    int room = *count;

    errno = 0;
    if (getgrouplist(name, gid, groups, count) >= 0)
        return is_failure(errno) ? errno : 0;
    if (*count > room)
        return ERANGE;
    return errno == 0 ? EIO : errno;
}

/* Glibc's getgrouplist(3) passes over a data base that fails. So a group is looked up first, which
 * would fail as well, and errno is looked at. */
int account_find_groups(const char *name, gid_t gid, gid_t **groups, size_t *count)
{
    int found = 1, error;
    char *group;

    *groups = NULL;
    error = account_find_group_id(gid, &group);
    free(group);
    if (error != 0 && error != ENOENT)
        return error;
    do {
        *groups = reallocarray(*groups, (size_t)found, sizeof(**groups));
        if (*groups == NULL)
            config_no_memory();
        error = list_groups(name, gid, *groups, &found);
    } while (error == ERANGE && found <= NGROUPS_MAX);
    if (error == 0) {
        *count = (size_t)found;
        return 0;
    }
    free(*groups);
    *groups = NULL;
    return error;
}

static int64_t number_of(int error, int64_t number, const char *none, const char **reason)
{
    *reason = error == ENOENT ? none : strerror(error);
    return error == 0 ? number : -1;
}

int64_t account_user_number(const char *name, const char **reason)
{
    struct account account;
    int error = account_find(name, &account);

    free(account.name);
    return number_of(error, account.uid, "no such user", reason);
}

int64_t account_group_number(const char *name, const char **reason)
{
    gid_t gid = 0;
    int error = account_find_group(name, &gid);

    return number_of(error, (int64_t)gid, "no such group", reason);
}
