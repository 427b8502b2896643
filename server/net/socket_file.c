/*
 * socket_file: see socket_file.h.
 */
#include "server/net/socket_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/log.h"
#include "common/path_hint.h"
#include "server/net/lock_file.h"

enum {
    CALL_FCHMODAT2 = 452
}; /* on all architectures; the headers of Debian 12 have no name for it */

static bool is_own(const struct socket_file *file, const struct stat *found)
{
    return found->st_dev == file->device && found->st_ino == file->inode;
}

/* Return 1 if a process serves the socket at PATH, 0 if none does, -1 with errno if that cannot be
 * found out. A full queue (EAGAIN) and a socket of another type (EPROTOTYPE) are served. */
static int is_served(const char *path)
{
    struct endpoint endpoint;
    int fd, result;

    endpoint_set_path(&endpoint, path, SOCK_STREAM);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    result = connect(fd, &endpoint.address.any, endpoint.length);
    if (result == 0 || errno == EAGAIN || errno == EPROTOTYPE)
        result = 1;
    else if (errno == ECONNREFUSED || errno == ENOENT)
        result = 0;
    close(fd);
    return result;
}

/* Remove the socket that a dead server left at PATH, and no other file. */
static MAY_FAIL remove_stale(const char *path, struct failure *failure)
{
    struct stat found;
    int served;

    if (lstat(path, &found) < 0) {
        if (errno == ENOENT)
            return NULL;
        return fail(failure, failure_status(errno), "cannot look at %s: %s", path, strerror(errno));
    }
    if (!S_ISSOCK(found.st_mode))
        return fail(failure, STATUS_CANNOT_CREATE, "%s exists and is not a socket", path);
    served = is_served(path);
    if (served < 0)
        return fail(failure, failure_status(errno), "cannot tell whether %s is served: %s", path,
                    strerror(errno));
    if (served > 0)
        return fail(failure, STATUS_UNAVAILABLE, "%s is in use: another server answers there",
                    path);
    if (unlink(path) < 0 && errno != ENOENT)
        return fail(failure, failure_status(errno), "cannot remove the stale socket %s: %s", path,
                    strerror(errno));
    return NULL;
}

MAY_FAIL socket_file_claim(struct socket_file *file, const char *path, struct failure *failure)
{
    const struct failed *failed = NULL;

    if (file->lock_fd < 0)
        failed = lock_file_take(path, &file->lock_fd, failure);
    if (failed == NULL)
        failed = remove_stale(path, failure);
    if (failed != NULL)
        socket_file_release(file, path);
    return failed;
}

/* The owner and the group that a socket file gets; -1 leaves it as it is (chown(2)). */
struct owner {
    uid_t uid;
    gid_t gid;
};

/* The ids were found when the configuration was read. */
static struct owner owner_of(const struct pool_config *config)
{
    return (struct owner){config->socket_owner == NULL ? (uid_t)-1 : (uid_t)config->socket_uid,
                          config->socket_group == NULL ? (gid_t)-1 : (gid_t)config->socket_gid};
}

static bool is_set(const struct owner *owner)
{
    return owner->uid != (uid_t)-1 || owner->gid != (gid_t)-1;
}

/* Give a file without a name to OWNER, to learn whether this process may. Returns 0, also where
 * there can be no such file; or -1 with errno. */
static int try_owner(const struct owner *owner)
{
    int fd = memfd_create("preforkd-owner", MFD_CLOEXEC), result, cause;

    if (fd < 0)
        return 0;
    result = fchown(fd, owner->uid, owner->gid);
    cause = errno;
    close(fd);
    errno = cause;
    return result;
}

MAY_FAIL socket_file_check(const char *path, const struct pool_config *config,
                           struct failure *failure)
{
    const struct owner owner = owner_of(config);

    if (!is_set(&owner) || try_owner(&owner) == 0)
        return NULL;
    return fail(failure, failure_status(errno), "cannot set the owner of %s: %s", path,
                strerror(errno));
}

/* Set the mode of the file that FD, opened with O_PATH, stands for. No call takes such a descriptor
 * before Linux 6.6; its name in /proc does as well. */
static int set_mode(int fd, mode_t mode)
{
    char name[sizeof("/proc/self/fd/") + 3 * sizeof(fd)];

    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    if (chmod(name, mode) == 0)
        return 0;
    return errno == ENOENT ? (int)syscall(CALL_FCHMODAT2, fd, "", mode, AT_EMPTY_PATH) : -1;
}

/* Return the owner of the file FOUND at PATH: that of CONFIG, or where it has none, but an earlier
 * configuration had one, that of a new file. A directory may pass its group on. */
static struct owner choose_owner(const char *path, const struct stat *found,
                                 const struct pool_config *config)
{
    struct owner owner = owner_of(config);
    char copy[PATH_MAX];
    struct stat directory;

    snprintf(copy, sizeof(copy), "%s", path);
    if (stat(dirname(copy), &directory) < 0 || (directory.st_mode & S_ISGID) == 0)
        directory.st_gid = getegid();
    if (config->socket_owner == NULL && found->st_uid != geteuid())
        owner.uid = geteuid();
    if (config->socket_group == NULL && found->st_gid != directory.st_gid)
        owner.gid = directory.st_gid;
    return owner;
}

/* Set owner and mode of FILE, and never of what another user has put in its place: a link there
 * would lead to a file of ours. Call fchownat(2) only where the owner changes: some system call
 * filters reject it. */
static int set_owner_and_mode(const struct socket_file *file, const char *path,
                              const struct pool_config *config)
{
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), result = -1, cause;
    struct owner owner;
    struct stat found;

    if (fd < 0)
        return -1;
    if (fstat(fd, &found) == 0) {
        owner = choose_owner(path, &found, config);
        if (!is_own(file, &found))
            errno = EEXIST;
        else if (!is_set(&owner) || fchownat(fd, "", owner.uid, owner.gid, AT_EMPTY_PATH) == 0)
            result = set_mode(fd, (mode_t)config->socket_permissions);
    }
    cause = errno;
    close(fd);
    errno = cause;
    return result;
}

/* Bind a socket whose file other users cannot connect to, until owner and mode are set. Returns it;
 * -1 with errno. */
static int bind_private(struct endpoint *endpoint)
{
    mode_t mask = umask(0177);
    int fd = endpoint_bind(endpoint), cause = errno;

    umask(mask);
    errno = cause;
    return fd;
}

/* Have FILE know the socket at PATH again. Returns 0, or -1 with errno. */
static int remember(struct socket_file *file, const char *path)
{
    struct stat made;

    if (lstat(path, &made) < 0)
        return -1;
    if (!S_ISSOCK(made.st_mode)) {
        errno = EEXIST; /* another user was faster */
        return -1;
    }
    file->linked = true;
    file->device = made.st_dev;
    file->inode = made.st_ino;
    return 0;
}

MAY_FAIL socket_file_bind(struct socket_file *file, struct endpoint *endpoint,
                          const struct pool_config *config, int *fd, struct failure *failure)
{
    const char *path = endpoint_path(endpoint);
    char why[PATH_HINT_SIZE];
    const struct failed *failed = socket_file_check(path, config, failure);

    *fd = failed == NULL ? bind_private(endpoint) : -1;
    if (failed != NULL)
        return failed;
    if (*fd < 0)
        return fail(failure, failure_status(errno), "cannot create the socket %s: %s", path,
                    path_explain(path, errno, why));
    if (remember(file, path) == 0 && set_owner_and_mode(file, path, config) == 0)
        return NULL;
    failed = fail(failure, failure_status(errno), "cannot set mode and owner of %s: %s", path,
                  strerror(errno));
    socket_file_remove(file, path);
    close(*fd);
    *fd = -1;
    return failed;
}

bool socket_file_is_there(const struct socket_file *file, const char *path)
{
    struct stat found;

    return file->linked && lstat(path, &found) == 0 && is_own(file, &found);
}

void socket_file_adjust(const struct socket_file *file, const char *path,
                        const struct pool_config *config)
{
    if (socket_file_is_there(file, path) && set_owner_and_mode(file, path, config) < 0)
        warn("cannot set mode and owner of %s", path);
}

void socket_file_remove(struct socket_file *file, const char *path)
{
    struct stat found;

    if (!file->linked)
        return;
    file->linked = false;
    if (lstat(path, &found) == 0 ? is_own(file, &found) && unlink(path) < 0 : errno != ENOENT)
        warn("cannot remove the socket %s", path);
}

void socket_file_release(struct socket_file *file, const char *path)
{
    if (file->lock_fd >= 0)
        lock_file_release(file->lock_fd, path);
    file->lock_fd = -1;
}
