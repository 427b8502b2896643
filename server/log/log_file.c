/*
 * log_file: see log_file.h.
 */
#include "server/log/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/path_hint.h"

enum {
    LOG_MODE = 0640,
    FLAGS = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
};

/* Returns whether PATH is a link that another user can have made: the directory is for others to
 * write, and the link neither this process's user's nor the directory's owner's. It is the rule of
 * fs.protected_symlinks (proc(5)), kept where the kernel does not, and in directories without the
 * sticky bit. */
static bool is_foreign_link(const char *path)
{
    char copy[PATH_MAX];
    struct stat link, directory;

    if (lstat(path, &link) < 0 || !S_ISLNK(link.st_mode))
        return false;
    if (strlen(path) >= sizeof(copy))
        return true;
    strcpy(copy, path);
    if (stat(dirname(copy), &directory) < 0)
        return true;
    return (directory.st_mode & (S_IWGRP | S_IWOTH)) != 0 && link.st_uid != geteuid() &&
           link.st_uid != directory.st_uid;
}

int log_file_open(const char *path, struct failure *failure)
{
    int fd = open(path, FLAGS | O_NOFOLLOW, LOG_MODE);

    int cause = errno;
    char why[PATH_HINT_SIZE];

    if (fd < 0 && is_foreign_link(path))
        return fail(failure, STATUS_NO_PERMISSION,
                    "cannot open the log %s: it is a link that another user has made", path);
    if (fd < 0 && cause == ELOOP) {
        fd = open(path, FLAGS, LOG_MODE);
        cause = errno;
    }
    if (fd >= 0)
        return fd;
    return fail(failure, failure_status(cause), "cannot open the log %s: %s", path,
                path_explain(path, cause, why));
}

bool log_file_is_torn(int fd)
{
    char name[sizeof("/proc/self/fd/") + 3 * sizeof(fd)], last = '\n';
    struct stat status;
    int reader;

    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size == 0)
        return false;
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    reader = open(name, O_RDONLY | O_CLOEXEC); /* FD is for writing alone */
    if (reader < 0)
        return false;
    if (pread(reader, &last, 1, status.st_size - 1) != 1)
        last = '\n';
    close(reader);
    return last != '\n';
}
