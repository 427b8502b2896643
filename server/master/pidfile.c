/*
 * pidfile: see pidfile.h.
 */
#include "server/master/pidfile.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int pidfile_write(const char *path, struct failure *failure)
{
    char draft[PATH_MAX];
    int fd, written;

    if (path == NULL)
        return 0;
    if ((size_t)snprintf(draft, sizeof(draft), "%s.new", path) >= sizeof(draft))
        return fail(failure, STATUS_CANNOT_CREATE, "pid_file %s is too long a path", path);
    fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return fail(failure, failure_status(errno), "cannot create the pid_file %s: %s", path,
                    strerror(errno));
    written = dprintf(fd, "%d\n", (int)getpid());
    if (close(fd) == 0 && written > 0 && rename(draft, path) == 0)
        return 0;
    fail(failure, failure_status(errno), "cannot write the pid_file %s: %s", path, strerror(errno));
    unlink(draft);
    return -1;
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
