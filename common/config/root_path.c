/*
 * root_path: see root_path.h.
 *
 * An absolute link, or `..`, stays below the root directory for a process that has it, and leaves
 * it for this one. openat2(2) with RESOLVE_IN_ROOT would do all of this, from Linux 5.6 on and
 * where no filter refuses it: as the others need this walk, all have it.
 */
#include "common/config/root_path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { LINKS_MAX = 40 }; /* the kernel's own (path_resolution(7)) */

/* On the way along a path. */
struct walk {
    char at[PATH_MAX];   /* the file that was reached, below the root directory; "": that one */
    char rest[PATH_MAX]; /* of the path */
    int links;           /* so many were followed */
};

static int too_long(void)
{
    errno = ENAMETOOLONG;
    return -1;
}

static void go_back(struct walk *walk)
{
    char *end = strrchr(walk->at, '/');

    if (end != NULL)
        *end = '\0';
}

/* Go on to the next name of the rest. Returns 0, or -1 with errno. */
static int go_on(struct walk *walk)
{
    const char *name = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(name, "/"), before = strlen(walk->at);

    if (length == 2 && strncmp(name, "..", length) == 0) {
        go_back(walk);
    } else if (length > 0 && !(length == 1 && *name == '.')) {
        if (before + 1 + length >= sizeof(walk->at))
            return too_long();
        walk->at[before] = '/';
        memcpy(walk->at + before + 1, name, length);
        walk->at[before + 1 + length] = '\0';
    }
    memmove(walk->rest, name + length, strlen(name + length) + 1);
    return 0;
}

/* Where the file that was reached is a symbolic link, go on as it says. Returns 0, with the name of
 * the file in FOUND where it is none; or -1 with errno. */
static int follow(struct walk *walk, const char *root, char found[PATH_MAX])
{
    char target[PATH_MAX], rest[PATH_MAX];
    ssize_t length;

    if (snprintf(found, PATH_MAX, "%s%s", root, walk->at[0] == '\0' ? "/" : walk->at) >= PATH_MAX)
        return too_long();
    length = readlink(found, target, sizeof(target) - 1);
    if (length < 0)
        return errno == EINVAL ? 0 : -1;
    target[length] = '\0';
    if (++walk->links > LINKS_MAX) {
        errno = ELOOP;
        return -1;
    }
    if (target[0] == '/')
        walk->at[0] = '\0';
    else
        go_back(walk);
    if (snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest) >= (int)sizeof(rest))
        return too_long();
    strcpy(walk->rest, rest);
    return 0;
}

int config_root_path(const char *root, const char *path, char found[PATH_MAX])
{
    struct walk walk = {.at = ""};

    if (strlen(path) >= sizeof(walk.rest))
        return too_long();
    strcpy(walk.rest, path);
    do {
        if (go_on(&walk) < 0 || (walk.at[0] != '\0' && follow(&walk, root, found) < 0))
            return -1;
    } while (walk.rest[0] != '\0');
    return 0;
}
