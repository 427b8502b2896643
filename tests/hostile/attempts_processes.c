/*
 * attempts_processes: see attempts.h: to get at other processes, at their rights, and at what of
 * the kernel is no worker's.
 */
#include "tests/hostile/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* What libc's headers may not have; the numbers are those of all architectures. */
enum { IO_URING_SETUP = 425, PIDFD_OPEN = 434, CLONE3 = 435 };

static int execute(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(syscall(SYS_execve, "/bin/true", (char **)1, NULL), EFAULT);
}

static int execute_open_file(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(syscall(SYS_execveat, AT_FDCWD, "/bin/true", (char **)1, NULL, 0), EFAULT);
}

static int trace_master(const struct attempt_target *on)
{
    if (ptrace(PTRACE_SEIZE, on->master, NULL, NULL) < 0)
        return errno;
    ptrace(PTRACE_INTERRUPT, on->master, NULL, NULL);
    waitpid(on->master, NULL, __WALL);
    ptrace(PTRACE_DETACH, on->master, NULL, NULL);
    return 0;
}

static int read_master(const struct attempt_target *on)
{
    static char here[8];
    struct iovec local = {here, sizeof(here)}, remote = {here, sizeof(here)};

    return attempt_judge(process_vm_readv(on->master, &local, 1, &remote, 1, 0), EFAULT);
}

static int signal_master(const struct attempt_target *on)
{
    return attempt_judge(kill(on->master, 0), 0);
}

static int signal_sibling(const struct attempt_target *on)
{
    return attempt_judge(kill(on->sibling, 0), 0);
}

static int signal_all(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(kill(-1, 0), 0);
}

static int signal_sibling_by_thread(const struct attempt_target *on)
{
    return attempt_judge(syscall(SYS_tgkill, on->sibling, on->sibling, 0), 0);
}

static int open_process(const struct attempt_target *on)
{
    return attempt_close(syscall(PIDFD_OPEN, on->sibling, 0));
}

static int become_root(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(setuid(0), 0);
}

static int change_root(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(chroot("/"), 0);
}

/* The kernel looks for the place before it asks for the right; then in a mount namespace of its
 * own. */
static int mount_file_system(const struct attempt_target *on)
{
    int error = attempt_judge(mount("none", "/absent", "tmpfs", 0, NULL), ENOENT);

    (void)on;
    if (error != 0 || unshare(CLONE_NEWNS) < 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return error != 0 ? error : errno;
    return attempt_judge(mount("none", "/mnt", "tmpfs", 0, NULL), 0);
}

static int leave_namespace(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(unshare(CLONE_NEWUSER), 0);
}

static int make_process(const struct attempt_target *on)
{
    pid_t pid = fork();

    (void)on;
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return attempt_judge(pid, 0);
}

static int make_process_by_clone3(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(syscall(CLONE3, NULL, 0), EINVAL);
}

static int set_up_io_uring(const struct attempt_target *on)
{
    char parameters[256] = "";

    (void)on;
    return attempt_close(syscall(IO_URING_SETUP, 1, parameters));
}

static int load_bpf(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(syscall(SYS_bpf, -1, NULL, 0), EINVAL);
}

static int load_kernel(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(syscall(SYS_kexec_load, 0, 99, NULL, 0), EINVAL);
}

static int load_module(const struct attempt_target *on)
{
    (void)on;
    return attempt_judge(syscall(SYS_init_module, NULL, 0, NULL), EFAULT);
}

#ifdef __x86_64__
static sigjmp_buf before_call;

static void go_back(int number)
{
    (void)number;
    siglongjmp(before_call, 1);
}

/* getpid(2) of i386, whose calls have other numbers: a filter of numbers alone would take it for
 * writev(2). A kernel without them has a fault in its place. */
static int call_as_i386(const struct attempt_target *on)
{
    enum { GETPID_OF_I386 = 20 };
    struct sigaction fault = {.sa_handler = go_back}, former;
    volatile long result = -ENOSYS;

    (void)on;
    sigaction(SIGSEGV, &fault, &former);
    if (sigsetjmp(before_call, 1) == 0) {
        long got = GETPID_OF_I386;

        __asm__ volatile("int $0x80" : "+a"(got) : : "memory");
        result = got;
    }
    sigaction(SIGSEGV, &former, NULL);
    return result > 0 ? 0 : (int)-result;
}
#else
static int call_as_i386(const struct attempt_target *on)
{
    (void)on;
    return ENOSYS;
}
#endif

/* What harms nothing, and no worker needs. */
static int call_unknown(const struct attempt_target *on)
{
    struct utsname name;

    (void)on;
    return attempt_judge(uname(&name), 0);
}

const struct attempt attempts_on_processes[] = {
    {"execve", execute},
    {"execveat", execute_open_file},
    {"ptrace-master", trace_master},
    {"read-master", read_master},
    {"kill-master", signal_master},
    {"kill-sibling", signal_sibling},
    {"kill-all", signal_all},
    {"tgkill-sibling", signal_sibling_by_thread},
    {"pidfd-sibling", open_process},
    {"setuid", become_root},
    {"chroot", change_root},
    {"mount", mount_file_system},
    {"unshare", leave_namespace},
    {"fork", make_process},
    {"clone3", make_process_by_clone3},
    {"io_uring", set_up_io_uring},
    {"bpf", load_bpf},
    {"kexec", load_kernel},
    {"module", load_module},
    {"i386", call_as_i386},
    {"unknown", call_unknown},
    {NULL, NULL},
};
