/*
 * rules: see rules.h. The order of calls is for people; filter.c sorts them.
 *
 * A worker shares its listener, the pipe that wakes the master and the pipe of the log with other
 * processes. So whatever changes these for all who have them is denied, not only what opens
 * something new: flags (F_SETFL, FIONBIO), options, listen(2), connect(2), which ends a listener,
 * shutdown(2) of the listener and of the descriptors 0 to 2, which are no connection's, and
 * MSG_MORE, which makes one datagram of this answer and the next ones of the pool. The listener is
 * known by its number, which no other descriptor gets: nothing duplicates a descriptor, or receives
 * one.
 */
#include "server/worker/sandbox/rules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/worker/sandbox/call_numbers.h"
#include "server/worker/sandbox/rule_words.h"
#include "server/worker/sandbox/sanitizer.h"

const struct filter_rule rules_of_worker[] = {
    {ALLOW(exit_group)},
#if FILTER_ARCHITECTURE
    /* A connection. */
    {ALLOW(accept4)},
    {ALLOW(epoll_pwait)},
    {ALLOW(read)},
    {ALLOW(write)},
    {ALLOW(recvfrom)},
    {ALLOW(close)},
    {DENY(shutdown), IS_OF(0, VALUE_LISTENER)},
    {DENY(shutdown), LACKS(0, ~1U)}, /* 0 and 1 */
    {DENY(shutdown), IS(0, STDERR_FILENO)},
    {ALLOW(shutdown)},
    /* On a stream, send(2): with an address it could end a listener, as connect(2) does. */
    {ALLOW(sendto), ONLY(RULES_STREAMS), IS_NULL(4)},
    {DENY(sendto), ONLY(RULES_STREAMS)},
    {DENY(sendto), ONLY(RULES_INET_DATAGRAMS), HAS(3, MSG_MORE)},
    {ALLOW(sendto)},
    /* Between unix sockets, as 0 to 2 may be, these pass descriptors. */
    {DENY(sendmsg), HAS(2, MSG_MORE)},
    {ALLOW(sendmsg), ONLY(RULES_INET_DATAGRAMS), IS_OF(0, VALUE_LISTENER)},
    {ALLOW(recvmsg), ONLY(RULES_INET_DATAGRAMS), IS_OF(0, VALUE_LISTENER)},
    {DENY(sendmsg)},
    {DENY(recvmsg)},
    /* Who the peer is. */
    {ALLOW(getsockopt), IS(1, SOL_SOCKET)},
    {DENY(getsockopt)},
    {ALLOW(epoll_ctl)},
    {ALLOW(ppoll)},
    /* Signals, and the end. */
    {ALLOW(rt_sigreturn)},
    {ALLOW(rt_sigaction)},
    {ALLOW(rt_sigprocmask)},
    {ALLOW(restart_syscall)},
    {ALLOW(setitimer)},
    {ALLOW(getpid)},
    {ALLOW(getppid)},
    {ALLOW(gettid)},
    {ALLOW(exit)},
    {ALLOW(kill), IS_OF(0, VALUE_PROCESS)},
    {ALLOW(tkill), IS_OF(0, VALUE_PROCESS)},
    {ALLOW(tgkill), IS_OF(0, VALUE_PROCESS)},
    {DENY(kill)},
    {DENY(tkill)},
    {DENY(tgkill)},
    {DENY(rt_sigqueueinfo)},
    {DENY(rt_tgsigqueueinfo)},
    {DENY_NR(PIDFD_SEND_SIGNAL)},
    /* Time, where it is not to be had without a call. */
    {ALLOW(clock_gettime)},
    {ALLOW(clock_getres)},
    {ALLOW(gettimeofday)},
    {ALLOW(nanosleep)},
    {ALLOW(clock_nanosleep)},
    /* Memory, but none that can be executed. */
    {ALLOW(brk)},
    {ALLOW(mmap), LACKS(2, PROT_EXEC)},
    {ALLOW(mprotect), LACKS(2, PROT_EXEC)},
    {DENY(mmap)},
    {DENY(mprotect)},
    {ALLOW(munmap)},
    {ALLOW(mremap)},
    /* MADV_HWPOISON and MADV_SOFT_OFFLINE, by which the machine loses a page. */
    {DENY(madvise), BITS(2, ~1U, MADV_HWPOISON)},
    {ALLOW(madvise)},
    /* What libc does by itself, for its locks, messages and random numbers. */
    {ALLOW(futex)},
    {ALLOW(sched_yield)},
    {ALLOW(getrandom)},
    /* In the child of fork(3), which has all signals blocked in glibc 2.41 and musl 1.2.4:
     * SANDBOX_LOG could not log it, and the child would die of it. */
    {ALLOW(set_robust_list)},
    {ALLOW(set_tid_address)},
    {ALLOW(readv)},
    {ALLOW(writev)},
    {ALLOW(fstat)},
    {ALLOW(getuid)},
    {ALLOW(geteuid)},
    {ALLOW(getgid)},
    {ALLOW(getegid)},
    {ALLOW(fcntl), IS(1, F_GETFD)},
    {ALLOW(fcntl), IS(1, F_GETFL)},
    /* What a module does with a file that it has opened: a database, say. */
    {ALLOW(lseek), ONLY(RULES_MODULES)},
    {ALLOW(pread64), ONLY(RULES_MODULES)},
    {ALLOW(pwrite64), ONLY(RULES_MODULES)},
    {ALLOW(ftruncate), ONLY(RULES_MODULES)},
    {ALLOW(fallocate), ONLY(RULES_MODULES)},
    /* This is fstat(2), too; with a path, it says of a file that it is there. */
    {ALLOW(newfstatat), ONLY(RULES_MODULES), HAS(3, AT_EMPTY_PATH)},
    {ALLOW(fsync), ONLY(RULES_MODULES)},
    {ALLOW(fdatasync), ONLY(RULES_MODULES)},
    {ALLOW(flock), ONLY(RULES_MODULES)},
    {ALLOW(fcntl), ONLY(RULES_MODULES), IS(1, F_GETLK)},
    {ALLOW(fcntl), ONLY(RULES_MODULES), IS(1, F_SETLK)},
    {ALLOW(fcntl), ONLY(RULES_MODULES), IS(1, F_SETLKW)},
    {ALLOW(fcntl), ONLY(RULES_MODULES), IS(1, F_OFD_GETLK)},
    {ALLOW(fcntl), ONLY(RULES_MODULES), IS(1, F_OFD_SETLK)},
    {ALLOW(fcntl), ONLY(RULES_MODULES), IS(1, F_OFD_SETLKW)},
    /* What changes a descriptor for all who share it, or makes another one of it. */
    {DENY(fcntl)},
    {DENY(ioctl)},
    {DENY(setsockopt)},
    {DENY(listen)},
    {DENY(bind)},
    {DENY(connect)},
    {DENY(dup)},
    {DENY(dup3)},
    {CLOSE(socket)},
    {CLOSE(socketpair)},
#if HAS_SANITIZER
    {ALLOW(openat), LACKS(2, O_ACCMODE | O_CREAT | O_TRUNC)},
    {ALLOW(readlinkat)},
    {ALLOW(newfstatat)},
    {ALLOW(lseek)},
    {ALLOW(pread64)},
    {ALLOW(sigaltstack)},
    {ALLOW(prlimit64)},
    {ALLOW(sched_getaffinity)},
#endif
    {CLOSE(openat)},
    {.number = NR_OPENAT2, .verdict = VERDICT_NO_ACCESS},
    {CLOSE(newfstatat)},
    {CLOSE(readlinkat)},
    {CLOSE(faccessat)},
    /* Other processes and users. */
    {DENY_ONCE(clone)},
    {.number = NR_CLONE3, .verdict = VERDICT_ABSENT},
    {DENY(prctl)},
    {DENY_ONCE(setuid)},
    {DENY_ONCE(setgid)},
    {DENY_ONCE(setreuid)},
    {DENY_ONCE(setregid)},
    {DENY_ONCE(setresuid)},
    {DENY_ONCE(setresgid)},
    {DENY_ONCE(setgroups)},
    {DENY(capset)},
    {DENY(setpgid)},
    {DENY(setsid)},
    {DENY(chroot)},
    /* What no worker ever does. */
    {KILL(execve)},
    {KILL(execveat)},
    {KILL(ptrace)},
    {KILL(process_vm_readv)},
    {KILL(process_vm_writev)},
    {KILL(kcmp)},
    {KILL(bpf)},
    {KILL(perf_event_open)},
    {KILL(userfaultfd)},
    {KILL(mount)},
    {KILL(umount2)},
    {KILL(pivot_root)},
    {KILL(unshare)},
    {KILL(setns)},
    {KILL(open_by_handle_at)},
    {KILL(init_module)},
    {KILL(finit_module)},
    {KILL(delete_module)},
    {KILL(kexec_load)},
    {KILL(reboot)},
    {KILL(swapon)},
    {KILL(swapoff)},
    {KILL(add_key)},
    {KILL(request_key)},
    {KILL(keyctl)},
    {KILL_NR(IO_URING_SETUP)},
    {KILL_NR(IO_URING_ENTER)},
    {KILL_NR(IO_URING_REGISTER)},
    {KILL_NR(OPEN_TREE)},
    {KILL_NR(MOVE_MOUNT)},
    {KILL_NR(FSOPEN)},
    {KILL_NR(FSCONFIG)},
    {KILL_NR(FSMOUNT)},
    {KILL_NR(FSPICK)},
    {KILL_NR(PIDFD_GETFD)},
    {KILL_NR(PROCESS_MADVISE)},
    {KILL_NR(MOUNT_SETATTR)},
    {KILL_NR(OPEN_TREE_ATTR)},
#endif
#ifdef SYS_kexec_file_load
    {KILL(kexec_file_load)},
#endif
#ifdef __x86_64__
    {ALLOW(epoll_wait)},
    {ALLOW(poll)},
    {ALLOW(alarm)},
    {ALLOW(time)},
#if HAS_SANITIZER
    {ALLOW(open), LACKS(1, O_ACCMODE | O_CREAT | O_TRUNC)},
    {ALLOW(readlink)},
    {ALLOW(stat)},
#endif
    {CLOSE(open)},
    {CLOSE(creat)},
    {CLOSE(stat)},
    {CLOSE(lstat)},
    {CLOSE(access)},
    {CLOSE(readlink)},
    {DENY(dup2)},
    {DENY_ONCE(fork)},
    {DENY_ONCE(vfork)},
    {KILL(iopl)},
    {KILL(ioperm)},
    {KILL(modify_ldt)},
#endif
};

const size_t rules_of_worker_count = sizeof(rules_of_worker) / sizeof(rules_of_worker[0]);

/* What systemd's units for services filter as @clock, @module, @mount, @raw-io, @reboot and @swap,
 * and of @debug what reaches into the kernel: a service needs none of it. */
const struct filter_rule rules_of_program[] = {
    {ALLOW(exit_group)},
#if FILTER_ARCHITECTURE
    {DENY(mount)},
    {DENY(umount2)},
    {DENY(pivot_root)},
    {DENY_NR(OPEN_TREE)},
    {DENY_NR(MOVE_MOUNT)},
    {DENY_NR(FSOPEN)},
    {DENY_NR(FSCONFIG)},
    {DENY_NR(FSMOUNT)},
    {DENY_NR(FSPICK)},
    {DENY_NR(MOUNT_SETATTR)},
    {DENY_NR(OPEN_TREE_ATTR)},
    {DENY(open_by_handle_at)},
    {DENY(init_module)},
    {DENY(finit_module)},
    {DENY(delete_module)},
    {DENY(kexec_load)},
    {DENY(reboot)},
    {DENY(swapon)},
    {DENY(swapoff)},
    {DENY(settimeofday)},
    {DENY(clock_settime)},
    {DENY(clock_adjtime)},
    {DENY(adjtimex)},
    {DENY(bpf)},
    {DENY(perf_event_open)},
    {DENY_NR(PIDFD_GETFD)},
    {DENY(acct)},
    /* A program is in the session of a master that was started in a terminal: with these it would
     * type there, for the operator's shell to read. */
    {DENY(ioctl), IS(1, TIOCSTI)},
    {DENY(ioctl), IS(1, TIOCLINUX)},
#endif
#ifdef SYS_kexec_file_load
    {DENY(kexec_file_load)},
#endif
#ifdef __x86_64__
    {DENY(iopl)},
    {DENY(ioperm)},
    {DENY(modify_ldt)},
#endif
};

const size_t rules_of_program_count = sizeof(rules_of_program) / sizeof(rules_of_program[0]);

const uint32_t rules_enforced[VERDICTS] = {
    [VERDICT_ALLOWED] = SECCOMP_RET_ALLOW,
    [VERDICT_DENIED] = SECCOMP_RET_ERRNO | EPERM,
    [VERDICT_NO_ACCESS] = SECCOMP_RET_ERRNO | EACCES,
    [VERDICT_UNKNOWN] = SECCOMP_RET_ERRNO | ENOSYS,
    [VERDICT_ABSENT] = SECCOMP_RET_ERRNO | ENOSYS,
    [VERDICT_UNREPEATABLE] = SECCOMP_RET_ERRNO | EPERM,
    [VERDICT_FATAL] = SECCOMP_RET_KILL_PROCESS,
    [VERDICT_FOREIGN] = SECCOMP_RET_KILL_PROCESS,
};

/* What the handler cannot repeat the kernel's own log names (SECCOMP_RET_LOG). */
const uint32_t rules_logged[VERDICTS] = {
    [VERDICT_ALLOWED] = SECCOMP_RET_ALLOW,
    [VERDICT_DENIED] = SECCOMP_RET_TRAP | EPERM,
    [VERDICT_NO_ACCESS] = SECCOMP_RET_TRAP | EACCES,
    [VERDICT_UNKNOWN] = SECCOMP_RET_TRAP | ENOSYS,
    [VERDICT_ABSENT] = SECCOMP_RET_ERRNO | ENOSYS,
    [VERDICT_UNREPEATABLE] = SECCOMP_RET_LOG,
    [VERDICT_FATAL] = SECCOMP_RET_TRAP,
    [VERDICT_FOREIGN] = SECCOMP_RET_LOG,
};
