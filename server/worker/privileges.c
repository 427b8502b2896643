/*
 * privileges: see privileges.h.
 *
 * Only root may do any of this but set the umask, so the user is the last that changes. Numbers
 * alone are used: names were looked up when the configuration was read, where a directory service
 * may take its time, and where its libraries and files are.
 */
#include "server/worker/privileges.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"

MAY_FAIL privileges_enter_root(const struct pool_config *pool, struct failure *failure)
{
    if (pool->chroot == NULL || (chroot(pool->chroot) == 0 && chdir("/") == 0))
        return NULL;
    return fail(failure, failure_status(errno), "cannot make %.255s the root directory: %s",
                pool->chroot, strerror(errno));
}

/* Return that CALL failed for POOL. */
static MAY_FAIL refuse(const struct pool_config *pool, const char *call, struct failure *failure)
{
    return fail(failure, failure_status(errno),
                "cannot become user %.60s (%u), group %.60s (%u): %s: %s", pool->user,
                (unsigned int)pool->uid, pool->group, (unsigned int)pool->gid, call,
                strerror(errno));
}

/* Return whether this process, which was root and is a user now, could be root again: by a
 * capability that the kernel left it (SECBIT_NO_SETUID_FIXUP, capabilities(7)), for one. */
static bool can_regain(const struct pool_config *pool)
{
    if (pool->uid == 0)
        return false;
    return setuid(0) == 0 || seteuid(0) == 0 || (pool->gid != 0 && setgid(0) == 0);
}

static bool contains(const gid_t *groups, size_t count, gid_t group)
{
    for (size_t i = 0; i < count; i++) {
        if (groups[i] == group)
            return true;
    }
    return false;
}

/* Return whether the COUNT groups OWN are those of POOL, and no others. */
static bool are_groups_of(const struct pool_config *pool, const gid_t *own, size_t count)
{
    for (size_t i = 0; i < pool->group_count; i++) {
        if (!contains(own, count, pool->groups[i]))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!contains(pool->groups, pool->group_count, own[i]))
            return false;
    }
    return true;
}

/* Return whether this process has the groups of POOL, and no others. Leaves errno alone. */
static bool has_groups(const struct pool_config *pool)
{
    int error = errno;
    /* Pages that are not used take no memory. Not static: limit_memory counts that for good. */
    gid_t *own = calloc(NGROUPS_MAX, sizeof(*own));
    int count = own == NULL ? -1 : getgroups(NGROUPS_MAX, own);
    bool is_same = own != NULL && count >= 0 && are_groups_of(pool, own, (size_t)count);

    free(own);
    errno = error;
    return is_same;
}

/* A process without CAP_SETGID that has these groups may stay what it is; so may a root, in a user
 * namespace that denies setgroups(2) say: other groups add nothing to its rights. */
static MAY_FAIL change(const struct pool_config *pool, struct failure *failure)
{
    if (setgroups(pool->group_count, pool->groups) < 0 && pool->uid != 0 && !has_groups(pool))
        return refuse(pool, "setgroups(2)", failure);
    if (setresgid(pool->gid, pool->gid, pool->gid) < 0)
        return refuse(pool, "setresgid(2)", failure);
    if (setresuid(pool->uid, pool->uid, pool->uid) < 0)
        return refuse(pool, "setresuid(2)", failure);
    if (!can_regain(pool))
        return NULL;
    return fail(failure, STATUS_NO_PERMISSION,
                "as user %.60s (%u) it could become root again, and must not serve: securebits of "
                "capabilities(7) may have been set",
                pool->user, (unsigned int)pool->uid);
}

/* Return whether this process is a user that was given capabilities, to bind a port below 1024 say:
 * the master has them for itself. What programs have of them is the operator's affair. */
static bool has_to_drop_capabilities(const struct pool_config *pool)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    struct __user_cap_data_struct had[_LINUX_CAPABILITY_U32S_3] = {{0}};

    if (pool->runs_program || geteuid() == 0)
        return false;
    return syscall(SYS_capget, &head, had) < 0 || memcmp(had, none, sizeof(none)) != 0;
}

/* A filter of a service manager may refuse capset(2), so it is called only where there is something
 * to drop. */
static MAY_FAIL drop_capabilities(const struct pool_config *pool, struct failure *failure)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    if (!has_to_drop_capabilities(pool) || syscall(SYS_capset, &head, none) == 0)
        return NULL;
    return fail(failure, failure_status(errno),
                "cannot drop its capabilities, and must not serve: capset(2): %s", strerror(errno));
}

MAY_FAIL privileges_change_user(const struct pool_config *pool, struct failure *failure)
{
    const struct failed *failed = pool->has_identity ? change(pool, failure) : NULL;

    if (failed == NULL)
        failed = drop_capabilities(pool, failure);
    if (failed != NULL)
        return failed;
    if (pool->umask != NUMBER_UNLIMITED)
        umask((mode_t)pool->umask);
    return NULL;
}

MAY_FAIL privileges_lend(const struct pool_config *pool, struct failure *failure)
{
    if (!pool->has_identity)
        return NULL;
    if (setgroups(pool->group_count, pool->groups) < 0 && pool->uid != 0 && !has_groups(pool))
        return refuse(pool, "setgroups(2)", failure);
    if (setegid(pool->gid) < 0)
        return refuse(pool, "setegid(2)", failure);
    if (seteuid(pool->uid) < 0)
        return refuse(pool, "seteuid(2)", failure);
    return NULL;
}

MAY_FAIL privileges_return(const struct pool_config *pool, struct failure *failure)
{
    if (!pool->has_identity || (seteuid(0) == 0 && setegid(0) == 0))
        return NULL;
    return fail(failure, failure_status(errno), "cannot be root again to change the user: %s",
                strerror(errno));
}

MAY_FAIL privileges_take(const struct pool_config *pool, struct failure *failure)
{
    const struct failed *failed = privileges_enter_root(pool, failure);

    return failed == NULL ? privileges_change_user(pool, failure) : failed;
}

bool privileges_differ(const struct pool_config *pool)
{
    return pool->has_identity || pool->chroot != NULL || has_to_drop_capabilities(pool);
}

static bool applies(enum privileges_remark remark, const struct pool_config *pool)
{
    if (remark == REMARK_ROOT)
        return pool->is_root_unasked;
    return geteuid() != 0 && (pool->user != NULL || pool->group != NULL);
}

size_t privileges_remark(const struct config *root, enum privileges_remark remark,
                         char text[REMARK_SIZE])
{
    static const char *const words[] = {
        [REMARK_ROOT] = "programs run as root, because no 'user' is set",
        [REMARK_IGNORED] = "'user' and 'group' are ignored, because preforkd is not root",
    };
    size_t first = CONFIG_MASTER, count = 0;
    char more[32] = "";

    for (size_t i = 0; i < root->pool_count; i++) {
        if (applies(remark, &root->pools[i]) && count++ == 0)
            first = i;
    }
    if (count > 1)
        snprintf(more, sizeof(more), " and %zu more", count - 1);
    if (count > 0)
        snprintf(text, REMARK_SIZE, "pool %.40s%s: %s", root->pools[first].name, more,
                 words[remark]);
    return first;
}

void privileges_log_remarks(const struct config *root)
{
    static const enum log_level levels[] = {
        [REMARK_ROOT] = LOG_WARNING, [REMARK_IGNORED] = LOG_NOTICE};
    char text[REMARK_SIZE];

    for (int remark = 0; remark < REMARKS; remark++) {
        if (privileges_remark(root, (enum privileges_remark)remark, text) != CONFIG_MASTER)
            log_line(levels[remark], "%s", text);
    }
}
