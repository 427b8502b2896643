/*
 * pidfile: see pidfile.h.
 *
 * The directory may be writable for other users, who may put anything in the file's place or in its
 * draft's: no link is followed, and no FIFO is waited for.
 */
#include "server/master/claims/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/path_hint.h"
#include "common/text.h"

enum { SAFE_FLAGS = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY };

static bool name_draft(char draft[PATH_MAX], const char *path)
{
    return (size_t)snprintf(draft, PATH_MAX, "%s.new", path) < PATH_MAX;
}

/* Create NAME, in place of what a master that was killed, or another user, has left there. Returns
 * it open for writing, or -1 with errno. */
static int create(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | SAFE_FLAGS, 0644);

    if (fd < 0 && errno == EEXIST && unlink(name) == 0)
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | SAFE_FLAGS, 0644);
    return fd;
}

/* Open the regular file PATH for reading. Returns -1 with errno. */
static int open_regular(const char *path)
{
    int fd = open(path, O_RDONLY | SAFE_FLAGS);
    struct stat status;

    if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)))
        return fd;
    close(fd);
    errno = EINVAL;
    return -1;
}

MAY_FAIL pidfile_draft(const char *path, struct failure *failure)
{
    char draft[PATH_MAX], why[PATH_HINT_SIZE];
    const struct failed *failed;
    struct stat there;
    int fd, written;

    if (path == NULL)
        return NULL;
    if (!name_draft(draft, path))
        return fail(failure, STATUS_CANNOT_CREATE, "pid_file %s is too long a path", path);
    if (lstat(path, &there) == 0 && S_ISDIR(there.st_mode))
        return fail(failure, STATUS_CANNOT_CREATE, "the pid_file %s is a directory", path);
    fd = create(draft);
    if (fd < 0)
        return fail(failure, failure_status(errno), "cannot create the pid_file %s: %s", path,
                    path_explain(draft, errno, why));
    written = dprintf(fd, "%d\n", (int)getpid());
    if (close(fd) == 0 && written > 0)
        return NULL;
    failed = fail(failure, failure_status(errno), "cannot write the pid_file %s: %s", path,
                  strerror(errno));
    unlink(draft);
    return failed;
}

MAY_FAIL pidfile_publish(const char *path, struct failure *failure)
{
    const struct failed *failed;
    char draft[PATH_MAX];

    if (path == NULL || (name_draft(draft, path) && rename(draft, path) == 0))
        return NULL;
    failed = fail(failure, failure_status(errno), "cannot write the pid_file %s: %s", path,
                  strerror(errno));
    unlink(draft);
    return failed;
}

void pidfile_replace(const char *path, const char *old, pid_t pid)
{
    struct failure failure = FAILURE_UNSAID;
    bool published = pidfile_publish(path, &failure) == NULL;

    if (!published)
        warnx("%s", failure.message);
    if (published ? !text_equal(old, path) : pid != getpid())
        pidfile_remove(old, pid);
}

void pidfile_discard(const char *path, pid_t pid)
{
    char draft[PATH_MAX];

    if (path != NULL && name_draft(draft, path))
        pidfile_remove(draft, pid);
}

/* Read which process the pid file PATH names into *PID. Returns 0; -1 with errno. */
static int read_pid(const char *path, pid_t *pid)
{
    char text[32];
    ssize_t got;
    int cause, fd = open_regular(path);

    if (fd < 0)
        return -1;
    got = read(fd, text, sizeof(text) - 1);
    cause = got < 0 ? errno : 0;
    close(fd);
    if (got < 0) {
        errno = cause;
        return -1;
    }
    text[got] = '\0';
    *pid = (pid_t)atoi(text);
    return 0;
}

void pidfile_remove(const char *path, pid_t pid)
{
    pid_t named = 0;

    if (path == NULL)
        return;
    if (read_pid(path, &named) == 0 && (named != pid || unlink(path) == 0))
        return;
    if (errno != ENOENT)
        warn("cannot remove the pid_file %s", path);
}
