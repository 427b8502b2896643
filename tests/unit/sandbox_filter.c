/*
 * Unit tests of server/worker/sandbox: the filters are run here as the kernel runs them. Each
 * answers as a scan of its rules does, call by call, and as the design says.
 */
#include "server/worker/sandbox/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "server/worker/sandbox/call_names.h"
#include "server/worker/sandbox/rules.h"
#include "tests/unit/filter_machine.h"
#include "tests/unit/tap.h"

#define EXEMPT UINT64_C(0x7fff12345678)

static const struct level {
    const char *name;
    struct filter_job job;
} levels[] = {
    {"a stream", {.pools = RULES_STREAMS, .actions = rules_enforced}},
    {"an inet datagram", {.pools = RULES_INET_DATAGRAMS, .actions = rules_enforced}},
    {"a unix datagram", {.pools = 0, .actions = rules_enforced}},
    {"log", {.pools = RULES_STREAMS, .actions = rules_logged, .exempt = EXEMPT}},
    {"a program", {.pools = RULES_STREAMS, .actions = rules_enforced, .other = VERDICT_ALLOWED}},
};

enum { LEVELS = sizeof(levels) / sizeof(levels[0]), STREAM = 0, INET = 1, UNIX = 2, LOG = 3 };
enum { PROGRAM = 4 };

static struct machine machines[LEVELS];

static void compile_all(void)
{
    for (size_t i = 0; i < LEVELS; i++) {
        struct filter_job *job = &machines[i].job;

        *job = levels[i].job;
        job->rules = i == PROGRAM ? rules_of_program : rules_of_worker;
        job->rule_count = i == PROGRAM ? rules_of_program_count : rules_of_worker_count;
        if (i != PROGRAM)
            job->other = VERDICT_UNKNOWN;
        is_number(machine_compile(&machines[i]), 0, "the filter of %s is made", levels[i].name);
        printf("# %s: %d instructions\n", levels[i].name, (int)machines[i].filter.length);
    }
}

static void test_scan(size_t level)
{
    is_number(machine_differences(&machines[level]), 0, "%s: a search finds what a scan finds",
              levels[level].name);
}

/* Only the architecture and the numbers of the build are known. */
static void test_foreign(size_t level)
{
    struct seccomp_data data = {.nr = SYS_read, .arch = 0x40000003 /* AUDIT_ARCH_I386 */};
    const char *name = levels[level].name;

    is_number(machine_run(&machines[level], &data),
              level == LOG ? SECCOMP_RET_LOG : SECCOMP_RET_KILL_PROCESS, "%s: another architecture",
              name);
    data.arch = FILTER_ARCHITECTURE;
    is_number(machine_run(&machines[level], &data), SECCOMP_RET_ALLOW, "%s: read(2)", name);
    data.nr |= 0x40000000;
    is_number(machine_run(&machines[level], &data), SECCOMP_RET_ERRNO | ENOSYS,
              "%s: read(2) of x32", name);
    data.nr = -1;
    is_number(machine_run(&machines[level], &data), SECCOMP_RET_ERRNO | ENOSYS,
              "%s: no call, for a tracer", name);
}

static void test_exempt(void)
{
    struct seccomp_data data = {
        .nr = SYS_execve, .arch = FILTER_ARCHITECTURE, .instruction_pointer = EXEMPT};

    is_number(machine_run(&machines[LOG], &data), SECCOMP_RET_ALLOW,
              "log: a call that the handler makes");
    data.instruction_pointer++;
    is_number(machine_run(&machines[LOG], &data), SECCOMP_RET_TRAP, "log: one beside it");
    data.instruction_pointer = EXEMPT + (UINT64_C(1) << 32);
    is_number(machine_run(&machines[LOG], &data), SECCOMP_RET_TRAP, "log: one far from it");
    data.instruction_pointer = EXEMPT;
    is_number(machine_run(&machines[STREAM], &data), SECCOMP_RET_KILL_PROCESS,
              "enforce: there is no such address");
}

#define ALLOW  SECCOMP_RET_ALLOW
#define KILL   SECCOMP_RET_KILL_PROCESS
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)
#define CLOSED (SECCOMP_RET_ERRNO | EACCES)
#define NOSYS  (SECCOMP_RET_ERRNO | ENOSYS)

/* What the design says of a call, its arguments and a level. */
static const struct {
    const char *what;
    int number;
    uint64_t arguments[6];
    int level;
    uint32_t answer;
} promises[] = {
    {"a client is accepted", SYS_accept4, {LISTENER}, STREAM, ALLOW},
    {"a connection is shut down", SYS_shutdown, {OTHER}, STREAM, ALLOW},
    {"the listener is not", SYS_shutdown, {LISTENER}, STREAM, REFUSE},
    {"nor by a number that the kernel cuts",
     SYS_shutdown,
     {(5ULL << 32) + LISTENER},
     STREAM,
     REFUSE},
    {"nor in a datagram pool", SYS_shutdown, {LISTENER}, INET, REFUSE},
    {"nor standard input", SYS_shutdown, {0}, STREAM, REFUSE},
    {"nor standard output", SYS_shutdown, {1}, STREAM, REFUSE},
    {"nor standard error", SYS_shutdown, {2}, STREAM, REFUSE},
    {"nor that in a datagram pool", SYS_shutdown, {2}, INET, REFUSE},
    {"but the lowest number of a connection is", SYS_shutdown, {3}, STREAM, ALLOW},
    {"the listener is closed", SYS_close, {LISTENER}, STREAM, ALLOW},
    {"an answer is sent", SYS_sendto, {OTHER, 1, 1, 0, 0, 0}, STREAM, ALLOW},
    {"not to an address", SYS_sendto, {OTHER, 1, 1, 0, 1, 16}, STREAM, REFUSE},
    {"nor to a high one", SYS_sendto, {OTHER, 1, 1, 0, 1ULL << 32, 16}, STREAM, REFUSE},
    {"but to that of a datagram", SYS_sendto, {OTHER, 1, 1, 0, 1, 16}, UNIX, ALLOW},
    {"no descriptor is passed on", SYS_sendmsg, {OTHER}, STREAM, REFUSE},
    {"nor by a datagram", SYS_sendmsg, {OTHER}, UNIX, REFUSE},
    {"nor received", SYS_recvmsg, {OTHER}, STREAM, REFUSE},
    {"an inet datagram is answered from its address", SYS_sendmsg, {LISTENER}, INET, ALLOW},
    {"and read with it", SYS_recvmsg, {LISTENER}, INET, ALLOW},
    {"but no message sent by another descriptor", SYS_sendmsg, {2}, INET, REFUSE},
    {"nor received", SYS_recvmsg, {2}, INET, REFUSE},
    {"an answer is not held back", SYS_sendmsg, {LISTENER, 1, MSG_MORE}, INET, REFUSE},
    {"nor by another flag with that",
     SYS_sendmsg,
     {LISTENER, 1, MSG_MORE | MSG_DONTWAIT},
     INET,
     REFUSE},
    {"nor by sendto(2)", SYS_sendto, {LISTENER, 1, 1, MSG_MORE, 1, 16}, INET, REFUSE},
    {"nor without an address", SYS_sendto, {LISTENER, 1, 1, MSG_MORE}, INET, REFUSE},
    {"which sends at once", SYS_sendto, {LISTENER, 1, 1, MSG_DONTWAIT, 1, 16}, INET, ALLOW},
    {"on a connection it is its own matter", SYS_sendto, {OTHER, 1, 1, MSG_MORE}, STREAM, ALLOW},
    {"flags are read", SYS_fcntl, {LISTENER, F_GETFL}, STREAM, ALLOW},
    {"and not set", SYS_fcntl, {LISTENER, F_SETFL}, STREAM, REFUSE},
    {"nor a descriptor duplicated", SYS_fcntl, {LISTENER, F_DUPFD}, STREAM, REFUSE},
    {"by neither command", SYS_fcntl, {LISTENER, F_DUPFD_CLOEXEC}, STREAM, REFUSE},
    {"nor by dup(2)", SYS_dup, {LISTENER}, STREAM, REFUSE},
    {"nor by dup3(2)", SYS_dup3, {LISTENER}, STREAM, REFUSE},
    {"no FIONBIO", SYS_ioctl, {LISTENER, 0x5421}, STREAM, REFUSE},
    {"no listen(2)", SYS_listen, {OTHER}, STREAM, REFUSE},
    {"no bind(2)", SYS_bind, {OTHER}, STREAM, REFUSE},
    {"no connect(2)", SYS_connect, {LISTENER}, STREAM, REFUSE},
    {"no option is set", SYS_setsockopt, {LISTENER}, STREAM, REFUSE},
    {"the peer is asked for", SYS_getsockopt, {OTHER, SOL_SOCKET, 17}, STREAM, ALLOW},
    {"and nothing else", SYS_getsockopt, {OTHER, 6, 11}, STREAM, REFUSE},
    {"no file is opened", SYS_openat, {0, 0, O_WRONLY}, STREAM, CLOSED},
    {"nor a socket", SYS_socket, {AF_INET, SOCK_STREAM, 0}, STREAM, CLOSED},
    {"a process signals itself", SYS_kill, {PROCESS, 6}, STREAM, ALLOW},
    {"and no other", SYS_kill, {PROCESS - 1, 6}, STREAM, REFUSE},
    {"nor its group", SYS_kill, {0, 6}, STREAM, REFUSE},
    {"nor all that there are", SYS_kill, {UINT32_MAX, 6}, STREAM, REFUSE},
    {"nor a thread of another", SYS_tgkill, {PROCESS - 1, PROCESS, 6}, STREAM, REFUSE},
    {"memory is had", SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE}, STREAM, ALLOW},
    {"and none that can be executed", SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC}, STREAM, REFUSE},
    {"nor becomes so", SYS_mprotect, {0, 4096, PROT_EXEC}, STREAM, REFUSE},
    {"and given back", SYS_madvise, {0, 4096, MADV_DONTNEED}, STREAM, ALLOW},
    {"but no page declared broken", SYS_madvise, {0, 4096, 100}, STREAM, REFUSE},
    {"nor taken from the machine", SYS_madvise, {0, 4096, 101}, STREAM, REFUSE},
    {"no process is made", SYS_clone, {17}, STREAM, REFUSE},
    {"nor a thread", SYS_clone, {CLONE_VM}, STREAM, REFUSE},
    {"nor by clone3(2), which libc need not have", 435, {1}, STREAM, NOSYS},
    {"no user is changed", SYS_setuid, {0}, STREAM, REFUSE},
    {"nor by setgid(2)", SYS_setgid, {0}, STREAM, REFUSE},
    {"nor by setreuid(2)", SYS_setreuid, {0}, STREAM, REFUSE},
    {"nor by setregid(2)", SYS_setregid, {0}, STREAM, REFUSE},
    {"nor by setresuid(2)", SYS_setresuid, {0}, STREAM, REFUSE},
    {"nor by setresgid(2)", SYS_setresgid, {0}, STREAM, REFUSE},
    {"nor by setgroups(2)", SYS_setgroups, {0}, STREAM, REFUSE},
    {"execve(2) ends it", SYS_execve, {1}, STREAM, KILL},
    {"ptrace(2) ends it", SYS_ptrace, {16, 1}, STREAM, KILL},
    {"mount(2) ends it", SYS_mount, {1}, STREAM, KILL},
    {"bpf(2) ends it", SYS_bpf, {1}, STREAM, KILL},
    {"io_uring_setup(2) ends it", 425, {1}, STREAM, KILL},
    {"process_vm_writev(2) ends it", SYS_process_vm_writev, {1}, STREAM, KILL},
    {"kexec_load(2) ends it", SYS_kexec_load, {1}, STREAM, KILL},
    {"what is not known is not there", 999, {1}, STREAM, NOSYS},
    {"nor what it does not need", SYS_inotify_init1, {0}, STREAM, NOSYS},
    {"log: a file", SYS_openat, {0, 0, O_WRONLY}, LOG, SECCOMP_RET_TRAP | EACCES},
    {"log: execve(2)", SYS_execve, {1}, LOG, SECCOMP_RET_TRAP},
    {"log: a process, which the kernel logs", SYS_clone, {17}, LOG, SECCOMP_RET_LOG},
    {"log: a thread", SYS_clone, {CLONE_VM}, LOG, SECCOMP_RET_LOG},
    {"log: a user, which libc changes with all signals blocked",
     SYS_setuid,
     {0},
     LOG,
     SECCOMP_RET_LOG},
    {"log: setgid(2)", SYS_setgid, {0}, LOG, SECCOMP_RET_LOG},
    {"log: setreuid(2)", SYS_setreuid, {0}, LOG, SECCOMP_RET_LOG},
    {"log: setregid(2)", SYS_setregid, {0}, LOG, SECCOMP_RET_LOG},
    {"log: setresuid(2)", SYS_setresuid, {0}, LOG, SECCOMP_RET_LOG},
    {"log: setresgid(2)", SYS_setresgid, {0}, LOG, SECCOMP_RET_LOG},
    {"log: setgroups(2)", SYS_setgroups, {0}, LOG, SECCOMP_RET_LOG},
    {"log: clone3(2), in whose place libc calls clone(2)", 435, {1}, LOG, NOSYS},
    {"a program executes others", SYS_execve, {1}, PROGRAM, ALLOW},
    {"and traces its own", SYS_ptrace, {0}, PROGRAM, ALLOW},
    {"it mounts nothing", SYS_mount, {1}, PROGRAM, REFUSE},
    {"and loads nothing into the kernel", SYS_init_module, {1}, PROGRAM, REFUSE},
    {"by bpf(2) neither", SYS_bpf, {1}, PROGRAM, REFUSE},
    {"nor another kernel", SYS_kexec_load, {1}, PROGRAM, REFUSE},
    {"it types nothing into a terminal", SYS_ioctl, {0, TIOCSTI}, PROGRAM, REFUSE},
    {"by no number that the kernel cuts", SYS_ioctl, {0, (5ULL << 32) + TIOCSTI}, PROGRAM, REFUSE},
    {"nor pastes into one", SYS_ioctl, {0, TIOCLINUX}, PROGRAM, REFUSE},
    {"but is asked for its size", SYS_ioctl, {0, TIOCGWINSZ}, PROGRAM, ALLOW},
    {"what is not known it may call", 999, {1}, PROGRAM, ALLOW},
};

static void test_promises(void)
{
    for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
        struct seccomp_data data = {.nr = promises[i].number, .arch = FILTER_ARCHITECTURE};

        memcpy(data.args, promises[i].arguments, sizeof(data.args));
        is_number(machine_run(&machines[promises[i].level], &data), promises[i].answer, "%s",
                  promises[i].what);
    }
}

/* Each call of the tables can be named in the log. */
static void test_names(void)
{
    is_text(call_name(SYS_openat), "openat", "a name");
    is_text(call_name(425), "io_uring_setup", "one that libc may not have");
    is_text(call_name(-1), NULL, "no call");
    is_text(call_name(CALL_NAMES_END), NULL, "one that is not known");
    for (size_t i = 0; i < rules_of_worker_count; i++) {
        if (call_name(rules_of_worker[i].number) == NULL)
            ok(false, "call %d has a name", rules_of_worker[i].number);
    }
}

/* What a connection calls. The rules of send(2) and shutdown(2) look at arguments; no other may. */
static void test_cost(void)
{
    static const struct {
        const char *name;
        int number;
        bool looks;
        uint64_t arguments[6];
        size_t most; /* instructions */
    } calls[] = {
        {"epoll_pwait", SYS_epoll_pwait, false, {OTHER}, 16},
#ifdef SYS_epoll_wait
        {"epoll_wait", SYS_epoll_wait, false, {OTHER}, 16},
#endif
        {"accept4", SYS_accept4, false, {LISTENER}, 16},
        {"read", SYS_read, false, {OTHER}, 16},
        {"sendto", SYS_sendto, true, {OTHER, 1, 1, 0, 0, 0}, 18},
        {"shutdown", SYS_shutdown, true, {OTHER, SHUT_WR}, 20},
        {"close", SYS_close, false, {OTHER}, 16},
    };

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct seccomp_data data = {.nr = calls[i].number, .arch = FILTER_ARCHITECTURE};
        uint32_t answer;

        memcpy(data.args, calls[i].arguments, sizeof(data.args));
        answer = machine_run(&machines[STREAM], &data);
        ok(answer == SECCOMP_RET_ALLOW && machine_cost.looks == calls[i].looks &&
               machine_cost.steps <= calls[i].most,
           "%s: %d instructions, %s", calls[i].name, (int)machine_cost.steps,
           machine_cost.looks ? "by its arguments" : "which the kernel has run before");
    }
}

int main(void)
{
    if (FILTER_ARCHITECTURE == 0) {
        ok(true, "there is no filter for this architecture");
        return tap_end();
    }
    compile_all();
    for (size_t level = 0; level < LEVELS; level++) {
        test_scan(level);
        test_foreign(level);
    }
    test_exempt();
    test_promises();
    test_cost();
    test_names();
    return tap_end();
}
