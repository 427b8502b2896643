/*
 * attempts_descriptors: see attempts.h: to get at files, at new sockets, and at the listener, by
 * which a worker could harm all the others.
 */
#include "tests/hostile/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/helpers/lingering.h"

enum { OPENAT2 = 437 }; /* libc's headers may not have it */

static int read_file(const struct attempt_target *on)
{
    (void)on;
    return attempt_close(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int read_file_by_openat2(const struct attempt_target *on)
{
    struct {
        uint64_t flags, mode, resolve;
    } how = {0};

    (void)on;
    return attempt_close(syscall(OPENAT2, AT_FDCWD, "/etc/passwd", &how, sizeof(how)));
}

static int make_file(const struct attempt_target *on)
{
    int error = attempt_close(open("attempt", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));

    (void)on;
    if (error == 0)
        unlink("attempt");
    return error;
}

static int list_directory(const struct attempt_target *on)
{
    (void)on;
    return attempt_close(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int remove_file(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(unlink("absent"), ENOENT);
}

static int change_file(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(chmod("absent", 0), ENOENT);
}

static int make_socket(const struct attempt_target *on)
{
    (void)on;
    return attempt_close(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int make_unix_socket(const struct attempt_target *on)
{
    (void)on;
    return attempt_close(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

/* To an address that the listener cannot have: AF_UNSPEC would end it. */
static int connect_nowhere(const struct attempt_target *on)
{
    struct sockaddr_un nowhere = {.sun_family = AF_UNIX, .sun_path = "absent"};
    int result = connect(on->listener, (struct sockaddr *)&nowhere, sizeof(nowhere));

    return result < 0 && errno != EPERM && errno != EACCES && errno != ENOSYS ? 0 : errno;
}

static int bind_again(const struct attempt_target *on)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    return attempt_judge(bind(on->listener, (struct sockaddr *)&name, sizeof(name.sun_family)),
                         EINVAL);
}

static int listen_again(const struct attempt_target *on)
{
    return attempt_judge(listen(on->listener, 511), 0);
}

static int make_blocking(const struct attempt_target *on)
{
    int flags = fcntl(on->listener, F_GETFL);
    int error =
        flags < 0 ? errno : attempt_judge(fcntl(on->listener, F_SETFL, flags & ~O_NONBLOCK), 0);

    if (error == 0)
        fcntl(on->listener, F_SETFL, flags);
    return error;
}

static int make_blocking_by_ioctl(const struct attempt_target *on)
{
    int blocking = 0, back = 1, error = attempt_judge(ioctl(on->listener, FIONBIO, &blocking), 0);

    if (error == 0)
        ioctl(on->listener, FIONBIO, &back);
    return error;
}

static int duplicate(const struct attempt_target *on)
{
    return attempt_close(dup(on->listener));
}

static int duplicate_to_number(const struct attempt_target *on)
{
    return attempt_close(dup2(on->listener, 60));
}

static int duplicate_by_fcntl(const struct attempt_target *on)
{
    return attempt_close(fcntl(on->listener, F_DUPFD_CLOEXEC, 60));
}

static int shut_down(const struct attempt_target *on)
{
    return attempt_judge(shutdown(on->listener, SHUT_RDWR), 0);
}

/* In no direction that there is, where it is a socket: that could not be undone. */
static int shut_down_stderr(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(shutdown(STDERR_FILENO, -1), ENOTSOCK);
}

static int set_filter(const struct attempt_target *on)
{
    static struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
    static const struct sock_fprog pass = {1, &all};
    int error = attempt_judge(
        setsockopt(on->listener, SOL_SOCKET, SO_ATTACH_FILTER, &pass, sizeof(pass)), 0);

    if (error == 0)
        setsockopt(on->listener, SOL_SOCKET, SO_DETACH_FILTER, &error, sizeof(error));
    return error;
}

/* Send the listener to the client, which does not take it. */
static int pass_listener(const struct attempt_target *on)
{
    struct iovec content = {"\n", 1};
    const struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1};

    return attempt_judge(lingering_send(on->connection, &message, on->listener), 0);
}

const struct attempt attempts_on_descriptors[] = {
    {"open", read_file},
    {"openat2", read_file_by_openat2},
    {"create", make_file},
    {"list", list_directory},
    {"unlink", remove_file},
    {"chmod", change_file},
    {"socket", make_socket},
    {"unix-socket", make_unix_socket},
    {"connect", connect_nowhere},
    {"bind", bind_again},
    {"listen", listen_again},
    {"nonblock", make_blocking},
    {"fionbio", make_blocking_by_ioctl},
    {"dup", duplicate},
    {"dup2", duplicate_to_number},
    {"dupfd", duplicate_by_fcntl},
    {"shutdown", shut_down},
    {"shutdown-stderr", shut_down_stderr},
    {"filter", set_filter},
    {"pass", pass_listener},
    {NULL, NULL},
};
