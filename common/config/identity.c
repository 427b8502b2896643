/*
 * identity: see identity.h.
 */
#include "common/config/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/config/accounts.h"
#include "common/config/scope.h"
#include "common/number.h"

/* The user of byte services where the master is root, and its number where no data base has it: in
 * a container that has no files but the program's, for one. */
static const char default_user[] = "nobody";

enum { DEFAULT_ID = 65534 };

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

/* Find the user that TEXT names, or whose number it is; a number need not be in the data base.
 * Returns as account_find(). */
static int find_account(const char *text, struct account *account)
{
    int64_t id;
    int error;

    if (!is_number(text, &id))
        return account_find(text, account);
    error = account_find_id((uid_t)id, account);
    if (error != ENOENT)
        return error;
    account->uid = id;
    return 0;
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

/* Return why the user TEXT is not known, by ERROR of find_account(). */
static const char *reason_of(const char *text, int error)
{
    if (error != ENOENT)
        return strerror(error);
    return strpbrk(text, " :") == NULL ? "no such user"
                                       : "no such user; its group has a key of its own, 'group'";
}

/* Find the user of a pool. A default that has no entry is known all the same; one that could not be
 * looked up is not, or a pool would have another user by chance. Returns whether it is known; else
 * it is an error of the configuration. */
static bool find_user(const struct search *at, struct account *account)
{
    const struct pool_config *pool = at->pool;
    const char *text = pool->user;
    int error;

    if (text == NULL)
        text = pool->runs_program ? "0" : default_user;
    error = find_account(text, account);
    if (error == ENOENT && pool->user == NULL) {
        *account = (struct account){.uid = DEFAULT_ID, .gid = DEFAULT_ID};
        error = 0;
    }
    if (error != 0)
        config_refuse_key(at->config, at->index, "user", at->errors, "user '%.60s'%s: %s", text,
                          pool->user == NULL ? ", which is the default" : "",
                          reason_of(text, error));
    return error == 0;
}

/* Set the primary group of ACCOUNT to that of the pool. Returns as find_user(). */
static bool find_group(const struct search *at, struct account *account)
{
    const char *text = at->pool->group, *reason;

    if (text != NULL && !is_number(text, &account->gid)) {
        account->gid = account_group_number(text, &reason);
        if (account->gid < 0)
            config_refuse_key(at->config, at->index, "group", at->errors, "group '%.60s': %s", text,
                              reason);
    } else if (account->gid < 0) {
        config_refuse_key(at->config, at->index, "user", at->errors,
                          "user '%.60s' is not in the user data base, which would say its group: "
                          "set 'group' as well",
                          at->pool->user);
    }
    return account->gid >= 0;
}

/* Set the groups of POOL to those of ACCOUNT (initgroups(3)), or to the primary one alone, as those
 * of the default user. Returns as account_find_groups(). */
static int find_groups(struct pool_config *pool, const struct account *account)
{
    gid_t gid = (gid_t)account->gid;
    int error = 0;

    if (account->name != NULL && (pool->user != NULL || pool->runs_program))
        error = account_find_groups(account->name, gid, &pool->groups, &pool->group_count);
    if (error != 0)
        return error;
    if (pool->groups == NULL) {
        pool->groups = malloc(sizeof(*pool->groups));
        pool->group_count = 1;
    }
    if (pool->groups == NULL)
        config_no_memory();
    pool->groups[0] = gid;
    return 0;
}

/* Return NAME, or NUMBER where there is none, as text, to be freed. */
static char *name_or_number(const char *name, int64_t number)
{
    char text[NUMBER_TEXT_SIZE];

    snprintf(text, sizeof(text), "%lld", (long long)number);
    return copy(name == NULL ? text : name);
}

/* Have the keys that are not set say what is in force. Returns as find_groups(). */
static int name_defaults(struct pool_config *pool, const struct account *account)
{
    char *group = NULL;
    int error = pool->group == NULL ? account_find_group_id((gid_t)account->gid, &group) : 0;

    if (error != 0 && error != ENOENT)
        return error;
    if (pool->user == NULL)
        pool->user = name_or_number(account->name, account->uid);
    if (pool->group == NULL)
        pool->group = name_or_number(group, account->gid);
    free(group);
    return 0;
}

/* Give a pool the numbers of ACCOUNT, all that is known of it. */
static void take(const struct search *at, const struct account *account)
{
    struct pool_config *pool = at->pool;
    bool is_asked = pool->user != NULL || pool->group != NULL;
    int error = find_groups(pool, account);

    if (error == 0)
        error = name_defaults(pool, account);
    if (error != 0) {
        pool->group_count = 0; /* no identity to be inherited */
        config_refuse_key(at->config, at->index, "user", at->errors,
                          "the groups of user '%.60s': %s",
                          account->name == NULL ? pool->user : account->name, strerror(error));
        return;
    }
    pool->uid = (uid_t)account->uid;
    pool->gid = (gid_t)account->gid;
    pool->has_identity = is_asked || account->uid != 0; /* root may have groups of its own */
}

/* Look up the keys of a pool, whose workers change their user only where this process is root. */
static void resolve(const struct search *at)
{
    struct pool_config *pool = at->pool;
    bool is_root = geteuid() == 0, is_asked = pool->user != NULL || pool->group != NULL;
    struct account account = {.name = NULL};

    if (at->user->refused || at->group->refused)
        return;
    pool->is_root_unasked = is_root && pool->user == NULL && pool->runs_program;
    if (!is_asked && (pool->runs_program || !is_root))
        return;
    if (find_user(at, &account) && find_group(at, &account) && is_root)
        take(at, &account);
    free(account.name);
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
