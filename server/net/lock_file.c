/*
 * lock_file: see lock_file.h.
 *
 * Only the holder of its lock unlinks a lock file. A master may therefore open the file just before
 * it is unlinked, and then obtain a lock that means nothing: so each lock counts only while the
 * path still leads to the file locked.
 */
#include "server/net/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/path_hint.h"

enum {
    OPEN_FLAGS = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
    ATTEMPTS = 100, /* each fails only if another master stopped at that moment */
};

static void print_name(char name[PATH_MAX], const char *path)
{
    snprintf(name, PATH_MAX, "%s.lock", path);
}

/* Returns 0, or -1 with errno: EWOULDBLOCK where another process has the lock. */
static int lock(int fd)
{
    int result;

    do
        result = flock(fd, LOCK_EX | LOCK_NB);
    while (result < 0 && errno == EINTR);
    return result;
}

/* Returns 1 where NAME leads to the file that FD has open, 0 where it leads to another one; -1 with
 * errno. */
static int is_at(int fd, const char *name, struct stat *locked)
{
    struct stat there;

    if (fstat(fd, locked) < 0 || lstat(name, &there) < 0)
        return -1;
    return there.st_dev == locked->st_dev && there.st_ino == locked->st_ino;
}

/* Open and lock NAME. FD is its descriptor, or -1 after a failure. */
static MAY_FAIL open_locked(const char *name, const char *path, int *fd, struct failure *failure)
{
    char why[PATH_HINT_SIZE];
    int cause;

    *fd = open(name, OPEN_FLAGS | O_CREAT, 0600);
    if (*fd < 0)
        return fail(failure, failure_status(errno), "cannot create the lock file %s: %s", name,
                    path_explain(name, errno, why));
    if (lock(*fd) == 0)
        return NULL;
    cause = errno;
    close(*fd);
    *fd = -1;
    if (cause == EWOULDBLOCK)
        return fail(failure, STATUS_UNAVAILABLE, "%s is in use: another preforkd holds %s", path,
                    name);
    return fail(failure, STATUS_SYSTEM, "cannot lock %s: %s", name, strerror(cause));
}

MAY_FAIL lock_file_take(const char *path, int *fd, struct failure *failure)
{
    char name[PATH_MAX];
    struct stat locked;

    print_name(name, path);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        const struct failed *failed = open_locked(name, path, fd, failure);

        if (*fd < 0 || is_at(*fd, name, &locked) == 1)
            return failed;
        close(*fd);
    }
    *fd = -1;
    return fail(failure, STATUS_UNAVAILABLE, "%s is in use: its lock file %s keeps being removed",
                path, name);
}

/* Returns whether the file NAME that FD has open may be removed: no other process has it locked,
 * and preforkd made it. */
static bool is_left_over(int fd, const char *name)
{
    struct stat locked;
    int at;

    if (lock(fd) < 0) {
        if (errno != EWOULDBLOCK)
            warn("cannot lock %s to remove it", name);
        return false;
    }
    at = is_at(fd, name, &locked);
    if (at < 0 && errno != ENOENT)
        warn("cannot look at the lock file %s to remove it", name);
    return at == 1 && S_ISREG(locked.st_mode) && locked.st_size == 0;
}

/* Lock the file anew to learn whether a copy of FD is left: a predecessor or successor may hold
 * one, or the listener that this process opened in place of one whose socket file is gone. A file
 * that is not empty was made by another program, for a purpose of its own. */
void lock_file_release(int fd, const char *path)
{
    char name[PATH_MAX];

    close(fd);
    print_name(name, path);
    fd = open(name, OPEN_FLAGS);
    if (fd < 0) {
        if (errno != ENOENT)
            warn("cannot open the lock file %s to remove it", name);
        return;
    }
    if (is_left_over(fd, name) && unlink(name) < 0)
        warn("cannot remove the lock file %s", name);
    close(fd);
}
