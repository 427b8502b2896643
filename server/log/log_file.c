/*
 * log_file: see log_file.h.
 */
#include "server/log/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/path_hint.h"

enum {
    LOG_MODE = 0640,
    FOREIGN = -2, /* in place of a descriptor: a link that another user has made */
    FLAGS = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
};

/* Returns whether LINK can have been made by another user: its DIRECTORY is for others to write,
 * and the link neither this process's user's nor the directory's owner's. It is the rule of
 * fs.protected_symlinks (proc(5)), kept where the kernel does not, and in directories without the
 * sticky bit. */
static bool is_foreign(const struct stat *link, const struct stat *directory)
{
    return (directory->st_mode & (S_IWGRP | S_IWOTH)) != 0 && link->st_uid != geteuid() &&
           link->st_uid != directory->st_uid;
}

/* Open the file that the link LINK_FD, PATH in DIRECTORY_FD, leads to. The link is read by its
 * descriptor, which names it even where its owner has put another in its place. Returns a
 * descriptor, or -1 with errno; or FOREIGN. */
static int follow(int directory_fd, int link_fd, const char *path)
{
    char target[PATH_MAX];
    struct stat link, directory;
    struct statfs system;
    ssize_t length;

    if (fstat(link_fd, &link) < 0 || fstat(directory_fd, &directory) < 0 ||
        fstatfs(link_fd, &system) < 0)
        return -1;
    if (!S_ISLNK(link.st_mode)) {
        errno = ELOOP; /* it was one a moment ago, or the first open(2) failed for another cause */
        return -1;
    }
    if (is_foreign(&link, &directory))
        return FOREIGN;
    if (system.f_type == PROC_SUPER_MAGIC)
        return open(path, FLAGS, LOG_MODE); /* its text may be no path: /proc/self/fd/2 */
    length = readlinkat(link_fd, "", target, sizeof(target) - 1);
    if (length < 0)
        return -1;
    target[length] = '\0';
    return openat(directory_fd, target, FLAGS, LOG_MODE);
}

/* Open PATH, a link. Returns as follow(). */
static int open_link(const char *path)
{
    char copy[PATH_MAX], *base;
    int directory_fd, link_fd, fd, cause;

    strcpy(copy, path); /* open(2) has refused one that is longer */
    directory_fd = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory_fd < 0)
        return -1;
    strcpy(copy, path);
    base = basename(copy);
    link_fd = openat(directory_fd, base, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    fd = link_fd < 0 ? -1 : follow(directory_fd, link_fd, path);
    cause = errno;
    if (link_fd >= 0)
        close(link_fd);
    close(directory_fd);
    errno = cause;
    return fd;
}

MAY_FAIL log_file_open(const char *path, int *fd, struct failure *failure)
{
    int opened = open(path, FLAGS | O_NOFOLLOW, LOG_MODE), cause = errno;
    char why[PATH_HINT_SIZE];

    /* EACCES may be that of fs.protected_symlinks, or of a file. */
    if (opened < 0 && (cause == ELOOP || cause == EACCES))
        opened = open_link(path);
    if (opened < 0 && cause == ELOOP)
        cause = errno;
    *fd = opened < 0 ? -1 : opened;
    if (opened >= 0)
        return NULL;
    if (opened == FOREIGN)
        return fail(failure, STATUS_NO_PERMISSION,
                    "cannot open the log %s: it is a link that another user has made", path);
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
