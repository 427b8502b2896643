/*
 * Unit tests of server/worker/sandbox with real processes: a child enters the sandbox, makes one
 * system call, and says by its exit status how that ended.
 */
#include "server/worker/sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/unit/tap.h"

/* Descriptors of the children: as in a worker, the listener is one of several sockets. */
enum { LISTENER = 20, CONNECTION = 21, LOG = 22, LOG_END = 23 };

/* How a call ended, but for the errno of one that failed: signals are this and their number. */
enum { DONE = 0, OTHERWISE = 201, SIGNALLED = 1000, KILLED = SIGNALLED + SIGSYS };

/* In place of an argument: the child's pid, its parent's. */
enum { SELF = -77, PARENT = -78 };

static struct pool_config config = {
    .name = "main", .mode = MODE_UNIX, .type = SOCK_STREAM, .sandbox = SANDBOX_ENFORCE};

/* In the child: what a signal that retires a worker may do at any moment. */
static bool closes_listener;

static void place(int fd, int at)
{
    if (fcntl(fd, F_DUPFD, at) != at)
        abort();
    close(fd);
}

static void open_descriptors(void)
{
    int pair[2], ends[2], listener = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr none = {.sa_family = AF_UNIX}; /* the kernel chooses an abstract name */

    if (listener < 0 || bind(listener, &none, sizeof(none.sa_family)) < 0 ||
        listen(listener, 5) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ||
        pipe2(ends, O_NONBLOCK) < 0)
        abort();
    place(listener, LISTENER);
    place(pair[0], CONNECTION);
    place(ends[0], LOG_END);
    place(ends[1], LOG);
}

/* Run ACT in a child within the sandbox. Returns how that ended. */
static int in_sandbox(int (*act)(const void *context), const void *context)
{
    struct sandbox *sandbox;
    int status;
    pid_t pid;

    if (sandbox_create(&config, &sandbox) < 0)
        abort();
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        if (config.sandbox == SANDBOX_LOG)
            log_open(&(struct log_target){.fd = LOG, .level = LOG_NOTICE, .relayed = true});
        if (closes_listener)
            close(LISTENER);
        if (sandbox_enter(sandbox, LISTENER) < 0)
            _exit(OTHERWISE);
        _exit(act(context));
    }
    sandbox_destroy(sandbox);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return OTHERWISE;
    return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

struct call {
    const char *name;
    long number, arguments[6];
    int end;
};

static long real(long argument)
{
    return argument == SELF ? getpid() : argument == PARENT ? getppid() : argument;
}

static int make_call(const void *context)
{
    const struct call *call = context;
    const long *with = call->arguments;
    long result = syscall(call->number, real(with[0]), real(with[1]), real(with[2]), real(with[3]),
                          real(with[4]), real(with[5]));

    return result < 0 ? errno : DONE;
}

static const char empty[] = "", root[] = "/";
static char bytes[64];

#define MEMORY(of) ((long)(intptr_t)(of))

/* What a worker does, and what an attacker in it would. */
static const struct call calls[] = {
    {"write(2)", SYS_write, {CONNECTION, MEMORY(bytes), 1}, DONE},
    {"shutdown(2) of a connection", SYS_shutdown, {CONNECTION, SHUT_WR}, DONE},
    {"shutdown(2) of the listener", SYS_shutdown, {LISTENER, SHUT_RD}, EPERM},
    {"close(2) of the listener", SYS_close, {LISTENER}, DONE},
    {"kill(2) of itself", SYS_kill, {SELF, 0}, DONE},
    {"kill(2) of the master", SYS_kill, {PARENT, 0}, EPERM},
    {"kill(2) of its group", SYS_kill, {0, 0}, EPERM},
    {"kill(2) of all", SYS_kill, {-1, 0}, EPERM},
    {"dup(2)", SYS_dup, {LISTENER}, EPERM},
    {"F_DUPFD", SYS_fcntl, {LISTENER, F_DUPFD, 0}, EPERM},
    {"F_SETFL", SYS_fcntl, {LISTENER, F_SETFL, 0}, EPERM},
    {"set_tid_address(2), as in fork(3)", SYS_set_tid_address, {MEMORY(bytes)}, DONE},
    {"F_GETFL", SYS_fcntl, {LISTENER, F_GETFL}, DONE},
    {"FIONBIO", SYS_ioctl, {LISTENER, 0x5421, MEMORY(bytes)}, EPERM},
    {"listen(2)", SYS_listen, {LISTENER, 1}, EPERM},
    {"connect(2)", SYS_connect, {LISTENER, MEMORY(bytes), 16}, EPERM},
    {"bind(2)", SYS_bind, {LISTENER, MEMORY(bytes), 16}, EPERM},
    {"setsockopt(2)", SYS_setsockopt, {LISTENER, SOL_SOCKET, SO_RCVBUF, MEMORY(bytes), 4}, EPERM},
    {"sendto(2) with an address",
     SYS_sendto,
     {CONNECTION, MEMORY(bytes), 1, 0, MEMORY(bytes), 16},
     EPERM},
    {"sendmsg(2)", SYS_sendmsg, {CONNECTION, MEMORY(bytes), 0}, EPERM},
    {"openat(2) to write", SYS_openat, {AT_FDCWD, MEMORY("/dev/null"), O_WRONLY}, EACCES},
    {"socket(2)", SYS_socket, {AF_INET, SOCK_STREAM, 0}, EACCES},
    {"clone(2)", SYS_clone, {SIGCHLD, 0, 0, 0, 0}, EPERM},
    {"setuid(2)", SYS_setuid, {0}, EPERM},
    {"memory to execute",
     SYS_mmap,
     {0, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0},
     EPERM},
    {"inotify_init1(2)", SYS_inotify_init1, {0}, ENOSYS},
    {"execve(2)", SYS_execve, {MEMORY("/bin/true"), 0, 0}, KILLED},
    {"ptrace(2) of the master", SYS_ptrace, {16, PARENT, 0, 0}, KILLED},
    {"mount(2)", SYS_mount, {MEMORY(empty), MEMORY(root), MEMORY(empty), 0, 0}, KILLED},
    {"io_uring_setup(2)", 425, {1, MEMORY(bytes)}, KILLED},
    {"process_vm_readv(2)", SYS_process_vm_readv, {PARENT, 0, 0, 0, 0, 0}, KILLED},
    {"bpf(2)", SYS_bpf, {0, 0, 0}, KILLED},
};

static void test_calls(void)
{
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        is_number(in_sandbox(make_call, &calls[i]), calls[i].end, "%s", calls[i].name);
}

/* What libc makes of what it cannot have. */
static int behave(const void *context)
{
    sigset_t nothing;
    char *volatile memory = malloc(300000);
    bool has_memory = memory != NULL;

    (void)context;
    free(memory);
    sigemptyset(&nothing);
    if (!has_memory || sigprocmask(SIG_SETMASK, &nothing, NULL) < 0)
        return 1;
    if (fork() >= 0 || errno != EPERM)
        return 2;
    return raise(0) == 0 ? DONE : 3;
}

static int end_by_abort(const void *context)
{
    (void)context;
    abort();
}

/* Returns 10 where no privileges can be had, and 2 more where system calls are filtered. */
static int read_privileges(const void *context)
{
    int none_new = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);

    (void)context;
    if (none_new < 0)
        return errno;
    return 10 * none_new + prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
}

/* Of a program's pool: what is asked for is there, and others are served as ever. */
static void test_programs(void)
{
    static const struct call mount = {"", SYS_mount, {0, 0, 0, 0, 0}, EPERM};
    static const struct call dup = {"", SYS_dup, {LISTENER}, DONE};
    static const struct call type = {"", SYS_ioctl, {LISTENER, TIOCSTI, MEMORY(bytes)}, EPERM};
    static const struct call ask = {"", SYS_ioctl, {LISTENER, TIOCGWINSZ, MEMORY(bytes)}, ENOTTY};

    config.runs_program = true;
    config.no_new_privileges = 1;
    is_number(in_sandbox(read_privileges, NULL), 12, "a program gets no privileges, and a filter");
    is_number(in_sandbox(make_call, &mount), EPERM, "it mounts nothing");
    is_number(in_sandbox(make_call, &type), EPERM, "it types nothing into the operator's terminal");
    is_number(in_sandbox(make_call, &ask), ENOTTY, "nor is kept from asking for its size");
    is_number(in_sandbox(make_call, &dup), DONE, "and is free to do what others do");
    config.no_new_privileges = 0;
    config.sandbox = SANDBOX_ENFORCE;
    is_number(in_sandbox(read_privileges, NULL), 0, "or neither, whatever the sandbox of others");
    config.runs_program = false;
}

/* The same calls where they are only logged: what they do they do, and what fails says why. */
static int try_all(const void *context)
{
    int fd = open("/", O_PATH), status;
    pid_t pid;

    (void)context;
    if (fd < 0 || open("/no such file", O_WRONLY) >= 0 || errno != ENOENT)
        return 1;
    if (fcntl(LISTENER, F_SETFL, O_NONBLOCK) < 0 || shutdown(LISTENER, SHUT_RD) < 0)
        return 2;
    if (syscall(SYS_dup3, fd, 50, 0) != 50)
        return 3;
    pid = fork();
    if (pid == 0)
        _exit(5);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 5)
        return 4;
    for (int i = 0; i < 100; i++)
        dup2(fd, 50);
    return syscall(999) < 0 && errno == ENOSYS ? DONE : 5;
}

static void read_log(char *text, size_t size)
{
    ssize_t got = read(LOG_END, text, size - 1);

    text[got > 0 ? got : 0] = '\0';
}

static int count(const char *text, const char *words)
{
    int found = 0;

    for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
        found++;
    return found;
}

static void test_log(void)
{
    static char text[16384];
    int dups;

    config.sandbox = SANDBOX_LOG;
    is_number(in_sandbox(try_all, NULL), DONE, "what is only logged is done");
    read_log(text, sizeof(text));
    ok(count(text, "pool main: the sandbox would refuse openat(2)") +
               count(text, "pool main: the sandbox would refuse open(2)") >
           0,
       "a file that was opened has its line");
    is_number(count(text, "pool main: the sandbox would refuse shutdown(2)"), 1, "the listener");
    is_number(count(text, "pool main: the sandbox would refuse fcntl(2)"), 1, "its flags");
    is_number(count(text, "pool main: the sandbox would refuse dup3(2)"), 1, "a duplicate");
    ok(count(text, "pool main: the sandbox would refuse system call 999") == 1, "no name");
    is_number(count(text, "write(2)"), 0, "what is allowed has none");
    dups = count(text, "would refuse dup");
    ok(dups >= 1 && dups < 50, "a hundred at once are a line a second");
}

static int execute(const void *context)
{
    (void)context;
    execl("/no such file", "x", (char *)NULL);
    return errno;
}

static void test_fatal_log(void)
{
    static char text[16384];

    is_number(in_sandbox(execute, NULL), ENOENT, "what would end the worker is done as well");
    read_log(text, sizeof(text));
    is_number(count(text, "pool main: the sandbox would end the worker at execve(2)"), 1,
              "and has its line");
}

static void test_closed_listener(void)
{
    static const struct call uid = {"", SYS_getpid, {0}, DONE};

    closes_listener = true;
    is_number(in_sandbox(make_call, &uid), DONE, "a worker that retires meanwhile enters it, too");
    closes_listener = false;
}

static void test_off(void)
{
    static const struct call dup = {"", SYS_dup, {LISTENER}, DONE};

    config.sandbox = SANDBOX_OFF;
    is_number(in_sandbox(read_privileges, NULL), 0, "off: nothing is changed");
    is_number(in_sandbox(make_call, &dup), DONE, "off: all is done");
}

static void test_words(void)
{
    static const char *const levels[] = {
        [SANDBOX_OFF] = "off", [SANDBOX_LOG] = "log", [SANDBOX_ENFORCE] = "enforce"};
    char text[SANDBOX_TEXT_SIZE];

    for (int64_t level = SANDBOX_OFF; level <= SANDBOX_ENFORCE; level++) {
        config.sandbox = level;
        sandbox_describe(&config, text);
        ok(strncmp(text, levels[level], strlen(levels[level])) == 0, "'%s' is said", text);
    }
    config.runs_program = true;
    config.no_new_privileges = 1;
    sandbox_describe(&config, text);
    ok(strncmp(text, "no_new_privileges", strlen("no_new_privileges")) == 0, "of programs, too");
    config.no_new_privileges = 0;
    sandbox_describe(&config, text);
    is_text(text, "off", "or that they have none");
}

int main(void)
{
    const struct rlimit no_core = {0, 0};

    alarm(40);
    test_words();
    config.runs_program = false;
    config.sandbox = SANDBOX_ENFORCE;
    if (!sandbox_has_seccomp() || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0) {
        ok(true, "# skip the kernel filters no system calls, or others do already");
        return tap_end();
    }
    setrlimit(RLIMIT_CORE, &no_core);
    open_descriptors();
    test_calls();
    is_number(in_sandbox(behave, NULL), DONE, "libc takes a refusal as any other failure");
    is_number(in_sandbox(end_by_abort, NULL), SIGNALLED + SIGABRT,
              "a worker that aborts does so by its own signal");
    is_number(in_sandbox(read_privileges, NULL), EPERM, "what it has it cannot even ask");
    test_closed_listener();
    test_programs();
    test_off();
    test_log();
    test_fatal_log();
    return tap_end();
}
