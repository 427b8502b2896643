/*
 * Unit tests of server/worker/sandbox/landlock: what a process is kept from in a domain, level by
 * level as this kernel has them, and what it still can do; a kernel without Landlock.
 */
#include "server/worker/sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tap.h"

/* What a process tries, in a directory of the test's. Each returns 0, or an errno. */
enum attempt {
    READ_FILE,
    MAKE_FILE,
    REMOVE_FILE,
    LIST_DIRECTORY,
    EXECUTE,
    BIND_TCP,
    CONNECT_TCP,
    BIND_UDP,
    SIGNAL_PARENT,
    SIGNAL_SELF,
    SEND_TO_NAME,
    SEND_TO_PATH,
    USE_OPEN_FILE,
    ATTEMPTS
};

static const char *const attempt_names[ATTEMPTS] = {
    [READ_FILE] = "to read a file",
    [MAKE_FILE] = "to make a file",
    [REMOVE_FILE] = "to remove a file",
    [LIST_DIRECTORY] = "to list a directory",
    [EXECUTE] = "to execute a program",
    [BIND_TCP] = "to bind a TCP port",
    [CONNECT_TCP] = "to connect over TCP",
    [BIND_UDP] = "to bind a UDP port",
    [SIGNAL_PARENT] = "to signal its parent",
    [SIGNAL_SELF] = "to signal itself",
    [SEND_TO_NAME] = "to send to an abstract socket",
    [SEND_TO_PATH] = "to send to a socket with a path",
    [USE_OPEN_FILE] = "to write to an open file",
};

/* Made before the process enters its domain. */
static struct sockaddr_in tcp_address; /* of a listener */
static struct sockaddr_un name_address, path_address;
static socklen_t name_length;
static int file_fd;
static pid_t parent;

static int open_file(int flags)
{
    return open(flags == O_CREAT ? "new" : "file", flags | O_WRONLY, 0600) < 0 ? errno : 0;
}

static int bind_port(int type)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    int fd = socket(AF_INET, type, 0);

    return fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 ? errno : 0;
}

static int send_to(const struct sockaddr_un *address, socklen_t length)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (fd < 0 || sendto(fd, "x", 1, MSG_DONTWAIT, (const struct sockaddr *)address, length) < 0)
        return errno;
    return 0;
}

static int attempt(enum attempt what)
{
    switch (what) {
    case READ_FILE:
        return open_file(0);
    case MAKE_FILE:
        return open_file(O_CREAT);
    case REMOVE_FILE:
        return unlink("file") < 0 ? errno : 0;
    case LIST_DIRECTORY:
        return open(".", O_RDONLY | O_DIRECTORY) < 0 ? errno : 0;
    case EXECUTE:
        execl("/bin/true", "true", NULL);
        return errno;
    case BIND_TCP:
        return bind_port(SOCK_STREAM);
    case CONNECT_TCP:
        return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&tcp_address,
                       sizeof(tcp_address)) < 0
                   ? errno
                   : 0;
    case BIND_UDP:
        return bind_port(SOCK_DGRAM);
    case SIGNAL_PARENT:
        return kill(parent, 0) < 0 ? errno : 0;
    case SIGNAL_SELF:
        return kill(getpid(), 0) < 0 ? errno : 0;
    case SEND_TO_NAME:
        return send_to(&name_address, name_length);
    case SEND_TO_PATH:
        return send_to(&path_address, sizeof(path_address));
    default: /* USE_OPEN_FILE */
        return write(file_fd, "x", 1) < 0 ? errno : 0;
    }
}

/* Return what a process gets that first does PREPARE, and then tries WHAT. */
static int get(enum attempt what, void (*prepare)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        prepare();
        _exit(attempt(what));
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
        return -1;
    close(open("file", O_WRONLY | O_CREAT, 0600));
    unlink("new");
    return WEXITSTATUS(status);
}

static void enter(void)
{
    if (landlock_enter(false) < 0)
        _exit(255);
}

static void enter_with_names(void)
{
    if (landlock_enter(true) < 0)
        _exit(255);
}

/* What is refused, from which level on, with which errno; 0: nothing. */
static const struct {
    enum landlock_level from;
    int error;
} refusals[ATTEMPTS] = {
    [READ_FILE] = {LANDLOCK_FILES, EACCES},      [MAKE_FILE] = {LANDLOCK_FILES, EACCES},
    [REMOVE_FILE] = {LANDLOCK_FILES, EACCES},    [LIST_DIRECTORY] = {LANDLOCK_FILES, EACCES},
    [EXECUTE] = {LANDLOCK_FILES, EACCES},        [BIND_TCP] = {LANDLOCK_TCP, EACCES},
    [CONNECT_TCP] = {LANDLOCK_TCP, EACCES},      [BIND_UDP] = {LANDLOCK_NONE, 0},
    [SIGNAL_PARENT] = {LANDLOCK_SIGNALS, EPERM}, [SIGNAL_SELF] = {LANDLOCK_NONE, 0},
    [SEND_TO_NAME] = {LANDLOCK_SIGNALS, EPERM},  [SEND_TO_PATH] = {LANDLOCK_NONE, 0},
    [USE_OPEN_FILE] = {LANDLOCK_NONE, 0},
};

static void test_domain(void)
{
    enum landlock_level level = landlock_probe();

    printf("# the level of this kernel: %s\n", landlock_level_names[level]);
    for (int i = 0; i < ATTEMPTS; i++) {
        bool refused = refusals[i].error != 0 && level >= refusals[i].from;

        is_number(get((enum attempt)i, enter), refused ? refusals[i].error : 0,
                  "a process in its domain %s %s", refused ? "fails" : "is free", attempt_names[i]);
    }
    is_number(get(SEND_TO_NAME, enter_with_names), 0, "where it reaches names, it may send to one");
    is_number(get(SIGNAL_PARENT, enter_with_names), level >= LANDLOCK_SIGNALS ? EPERM : 0,
              "and is kept from no less besides");
}

/* Have a filter answer the system calls with ERROR from now on. */
static void filter_landlock(int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 444, 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 446, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof(code) / sizeof(code[0]), code};

    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
        _exit(254);
}

static void enter_without_landlock(void)
{
    filter_landlock(ENOSYS);
    if (landlock_probe() != LANDLOCK_NONE)
        _exit(253);
    enter();
}

static void enter_where_it_is_forbidden(void)
{
    filter_landlock(EPERM);
    enter();
}

static void test_absence(void)
{
    is_number(get(READ_FILE, enter_without_landlock), 0,
              "a kernel without Landlock refuses nothing, and that is no failure");
    is_number(get(READ_FILE, enter_where_it_is_forbidden), 0, "nor is a filter that forbids it");
}

/* Bind a socket of datagrams to ADDRESS of LENGTH bytes. */
static void open_unix(struct sockaddr_un *address, socklen_t length)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)address, length) < 0)
        exit(1);
}

static void open_all(void)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t length = sizeof(tcp_address);

    tcp_address.sin_family = AF_INET;
    tcp_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0 || bind(listener, (struct sockaddr *)&tcp_address, length) < 0 ||
        listen(listener, 9) < 0 ||
        getsockname(listener, (struct sockaddr *)&tcp_address, &length) < 0)
        exit(1);
    name_address.sun_family = path_address.sun_family = AF_UNIX;
    name_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                              (size_t)snprintf(name_address.sun_path + 1, 64,
                                               "preforkd-unit-landlock-%d", (int)getpid()));
    open_unix(&name_address, name_length);
    strcpy(path_address.sun_path, "socket");
    open_unix(&path_address, sizeof(path_address));
    file_fd = open("file", O_WRONLY | O_CREAT, 0600);
    parent = getpid();
}

int main(void)
{
    char directory[] = "/tmp/preforkd-unit-XXXXXX";

    if (mkdtemp(directory) == NULL || chdir(directory) < 0)
        return 1;
    open_all();
    test_domain();
    test_absence();
    unlink("file");
    unlink("socket");
    rmdir(directory);
    return tap_end();
}
