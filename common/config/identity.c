/*
 * identity: see identity.h.
 */
#include "common/config/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <string.h>

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
