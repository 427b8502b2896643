/*
 * identity: see identity.h.
 */
#include "common/config/identity.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/config/scope.h"
#include "common/number.h"

/* The user of byte services where the master is root, and its number where no data base has it: in
 * a container that has no files but the program's, for one. */
static const char default_user[] = "nobody";

enum { DEFAULT_ID = 65534 };

/* Returns why a look-up that left ERROR in errno found nothing; NOT_FOUND, if that is all. */
static const char *lookup_reason(int error, const char *not_found)
{
    static const int failures[] = {EINTR, EIO, EMFILE, ENFILE, ENOMEM, ERANGE};

    for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
        if (error == failures[i])
            return strerror(error);
    }
    return not_found; /* getpwnam(3): many other values mean no more than that */
}

int64_t config_find_user(const char *name, const char **reason)
{
    const struct passwd *user;

    errno = 0;
    user = getpwnam(name);
    *reason = lookup_reason(errno, "no such user");
    return user == NULL ? -1 : (int64_t)user->pw_uid;
}

int64_t config_find_group(const char *name, const char **reason)
{
    const struct group *group;

    errno = 0;
    group = getgrnam(name);
    *reason = lookup_reason(errno, "no such group");
    return group == NULL ? -1 : (int64_t)group->gr_gid;
}

static char *copy(const char *text)
{
    char *made = strdup(text);

    if (made == NULL)
        config_no_memory();
    return made;
}

static bool is_number(const char *text, int64_t *id)
{
    return number_parse_integer(text, 0, UINT32_MAX - 1, id) == NULL;
}

/* A user, as the data base has it. */
struct person {
    char *name; /* to be freed; NULL: it has none */
    int64_t uid;
    int64_t gid; /* -1: not known */
};

/* Find the user that TEXT names, or whose number it is; a number need not be in the data base.
 * Returns NULL, or why there is none. */
static const char *find_person(const char *text, struct person *person)
{
    const struct passwd *user;
    const char *reason;

    *person = (struct person){.uid = -1, .gid = -1};
    errno = 0;
    user = is_number(text, &person->uid) ? getpwuid((uid_t)person->uid) : getpwnam(text);
    reason = lookup_reason(errno, "no such user");
    if (user != NULL)
        *person =
            (struct person){copy(user->pw_name), (int64_t)user->pw_uid, (int64_t)user->pw_gid};
    if (user != NULL || person->uid >= 0)
        return NULL;
    return strpbrk(text, " :") == NULL ? reason
                                       : "no such user; its group has a key of its own, 'group'";
}

/* One pool, of which the keys are looked up. */
struct search {
    struct config *config;
    size_t index;
    struct pool_config *pool;
    struct config_errors *errors;
    const struct config_setting *user, *group;
};

static struct search search_of(struct config *config, size_t index, struct config_errors *errors)
{
    return (struct search){config,
                           index,
                           &config->pools[index],
                           errors,
                           config_scopes_setting(config->scopes, index, "user"),
                           config_scopes_setting(config->scopes, index, "group")};
}

/* Find who the workers of a pool are to be. Returns whether that is known; else it is an error of
 * the configuration. */
static bool find_user(const struct search *at, struct person *person)
{
    const struct pool_config *pool = at->pool;
    const char *text = pool->user, *reason;

    if (text == NULL)
        text = pool->runs_program ? "0" : default_user;
    reason = find_person(text, person);
    if (reason == NULL)
        return true;
    if (pool->user != NULL) {
        config_refuse_key(at->config, at->index, "user", at->errors, "user '%.60s': %s", text,
                          reason);
        return false;
    }
    *person = (struct person){.uid = DEFAULT_ID, .gid = DEFAULT_ID};
    return true;
}

/* Set the primary group of PERSON to that of the pool. Returns as find_user(). */
static bool find_group(const struct search *at, struct person *person)
{
    const char *text = at->pool->group, *reason;

    if (text != NULL && !is_number(text, &person->gid)) {
        person->gid = config_find_group(text, &reason);
        if (person->gid < 0)
            config_refuse_key(at->config, at->index, "group", at->errors, "group '%.60s': %s", text,
                              reason);
    } else if (person->gid < 0) {
        config_refuse_key(at->config, at->index, "user", at->errors,
                          "user '%.60s' is not in the user data base, which would say its group: "
                          "set 'group' as well",
                          at->pool->user);
    }
    return person->gid >= 0;
}

/* Set the groups of POOL to those of PERSON (initgroups(3)), or to the primary one alone, as those
 * of the default user. */
static void find_groups(struct pool_config *pool, const struct person *person)
{
    bool has_others = person->name != NULL && (pool->user != NULL || pool->runs_program);
    int count = 1, room = 1;

    pool->groups = malloc(sizeof(*pool->groups));
    while (pool->groups != NULL && has_others && count <= NGROUPS_MAX &&
           getgrouplist(person->name, (gid_t)person->gid, pool->groups, &count) < 0) {
        count = room = count > room ? count : 2 * room;
        pool->groups = reallocarray(pool->groups, (size_t)room, sizeof(*pool->groups));
    }
    if (pool->groups == NULL)
        config_no_memory();
    pool->groups[0] = (gid_t)person->gid;
    pool->group_count = count <= NGROUPS_MAX ? (size_t)count : 1; /* else the data base failed */
}

/* Return NAME, or NUMBER where there is none, as text, to be freed. */
static char *name_or_number(const char *name, int64_t number)
{
    char text[NUMBER_TEXT_SIZE];

    snprintf(text, sizeof(text), "%lld", (long long)number);
    return copy(name == NULL ? text : name);
}

/* Have the keys that are not set say what is in force. */
static void name_defaults(struct pool_config *pool, const struct person *person)
{
    const struct group *group = pool->group == NULL ? getgrgid((gid_t)person->gid) : NULL;

    if (pool->user == NULL)
        pool->user = name_or_number(person->name, person->uid);
    if (pool->group == NULL)
        pool->group = name_or_number(group == NULL ? NULL : group->gr_name, person->gid);
}

/* Look up the keys of a pool, whose workers change their user only where this process is root. */
static void resolve(const struct search *at)
{
    struct pool_config *pool = at->pool;
    bool is_root = geteuid() == 0, is_asked = pool->user != NULL || pool->group != NULL;
    struct person person = {0};

    if (at->user->refused || at->group->refused)
        return;
    pool->is_root_unasked = is_root && pool->user == NULL && pool->runs_program;
    if (!is_asked && (pool->runs_program || !is_root))
        return;
    if (find_user(at, &person) && find_group(at, &person) && is_root) {
        find_groups(pool, &person);
        name_defaults(pool, &person);
        pool->uid = (uid_t)person.uid;
        pool->gid = (gid_t)person.gid;
        pool->has_identity = is_asked || person.uid != 0; /* root may have groups of its own */
    }
    free(person.name);
}

/* Set POOL's identity to that of FROM, which has the same settings. */
static void inherit(struct pool_config *pool, const struct pool_config *from)
{
    size_t size = from->group_count * sizeof(*from->groups);

    pool->is_root_unasked = from->is_root_unasked;
    if (from->group_count == 0)
        return;
    if (pool->user == NULL)
        pool->user = copy(from->user);
    if (pool->group == NULL)
        pool->group = copy(from->group);
    pool->has_identity = from->has_identity;
    pool->uid = from->uid;
    pool->gid = from->gid;
    pool->groups = malloc(size);
    if (pool->groups == NULL)
        config_no_memory();
    memcpy(pool->groups, from->groups, size);
    pool->group_count = from->group_count;
}

/* The workers of unix datagrams answer to socket files, of which a root directory has others. */
static void check_root(struct config *config, size_t index, struct config_errors *errors)
{
    const struct pool_config *pool = &config->pools[index];

    if (pool->chroot != NULL && pool->type == SOCK_DGRAM && pool->mode == MODE_UNIX)
        config_refuse_key(config, index, "chroot", errors,
                          "chroot does not go with unix datagrams: from another root directory "
                          "pool '%s' could not find the socket files of its clients",
                          pool->name);
}

/* A directory service may take seconds for a name: look one up for the first of several pools. */
void config_identity_resolve(struct config *config, bool look_up, struct config_errors *errors)
{
    struct search before = {.config = NULL};

    for (size_t i = 0; i < config->pool_count; i++) {
        struct search at = search_of(config, i, errors);

        check_root(config, i, errors);
        if (!look_up)
            continue;
        if (before.config != NULL && before.user == at.user && before.group == at.group &&
            before.pool->runs_program == at.pool->runs_program)
            inherit(at.pool, before.pool);
        else
            resolve(&at);
        before = at;
    }
}
