/*
 * pidfile: see pidfile.h.
 */
#include "server/master/pidfile.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/text.h"

static bool name_draft(char draft[PATH_MAX], const char *path)
{
    return (size_t)snprintf(draft, PATH_MAX, "%s.new", path) < PATH_MAX;
}

int pidfile_draft(const char *path, struct failure *failure)
{
    char draft[PATH_MAX];
    int fd, written;

    if (path == NULL)
        return 0;
    if (!name_draft(draft, path))
        return fail(failure, STATUS_CANNOT_CREATE, "pid_file %s is too long a path", path);
    fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return fail(failure, failure_status(errno), "cannot create the pid_file %s: %s", path,
                    strerror(errno));
    written = dprintf(fd, "%d\n", (int)getpid());
    if (close(fd) == 0 && written > 0)
        return 0;
    fail(failure, failure_status(errno), "cannot write the pid_file %s: %s", path, strerror(errno));
    unlink(draft);
    return -1;
}

int pidfile_publish(const char *path, struct failure *failure)
{
    char draft[PATH_MAX];

    if (path == NULL || (name_draft(draft, path) && rename(draft, path) == 0))
        return 0;
    fail(failure, failure_status(errno), "cannot write the pid_file %s: %s", path, strerror(errno));
    unlink(draft);
    return -1;
}

void pidfile_replace(const char *path, const char *old, pid_t pid)
{
    struct failure failure;

    if (pidfile_publish(path, &failure) < 0)
        warnx("%s", failure.message);
    else if (!text_equal(old, path))
        pidfile_remove(old, pid);
}

void pidfile_discard(const char *path, pid_t pid)
{
    char draft[PATH_MAX];

    if (path != NULL && name_draft(draft, path))
        pidfile_remove(draft, pid);
}

void pidfile_remove(const char *path, pid_t pid)
{
    char text[32];
    ssize_t got;
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return;
    got = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    if (atoi(text) == (int)pid)
        unlink(path);
}
