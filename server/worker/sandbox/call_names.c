/*
 * call_names: see call_names.h.
 */
#include "server/worker/sandbox/call_names.h"

#include <stddef.h>
#include <sys/syscall.h>

#define NAMED(call) [SYS_##call] = #call,

/* One a line would be three hundred lines. */
/* clang-format off */
static const char *const names[CALL_NAMES_END] = {
#if defined(__x86_64__) || defined(__aarch64__)
    NAMED(read) NAMED(write) NAMED(close) NAMED(fstat) NAMED(lseek) NAMED(mmap) NAMED(mprotect)
    NAMED(munmap) NAMED(brk) NAMED(rt_sigaction) NAMED(rt_sigprocmask) NAMED(rt_sigreturn)
    NAMED(ioctl) NAMED(pread64) NAMED(pwrite64) NAMED(readv) NAMED(writev) NAMED(sched_yield)
    NAMED(mremap) NAMED(msync) NAMED(mincore) NAMED(madvise) NAMED(shmget) NAMED(shmat)
    NAMED(shmctl) NAMED(dup) NAMED(nanosleep) NAMED(getitimer) NAMED(setitimer) NAMED(getpid)
    NAMED(sendfile) NAMED(socket) NAMED(connect) NAMED(accept) NAMED(sendto) NAMED(recvfrom)
    NAMED(sendmsg) NAMED(recvmsg) NAMED(shutdown) NAMED(bind) NAMED(listen) NAMED(getsockname)
    NAMED(getpeername) NAMED(socketpair) NAMED(setsockopt) NAMED(getsockopt) NAMED(clone)
    NAMED(execve) NAMED(exit) NAMED(wait4) NAMED(kill) NAMED(uname) NAMED(semget) NAMED(semop)
    NAMED(semctl) NAMED(shmdt) NAMED(msgget) NAMED(msgsnd) NAMED(msgrcv) NAMED(msgctl) NAMED(fcntl)
    NAMED(flock) NAMED(fsync) NAMED(fdatasync) NAMED(truncate) NAMED(ftruncate) NAMED(getcwd)
    NAMED(chdir) NAMED(fchdir) NAMED(fchmod) NAMED(fchown) NAMED(umask) NAMED(gettimeofday)
    NAMED(getrlimit) NAMED(getrusage) NAMED(sysinfo) NAMED(times) NAMED(ptrace) NAMED(getuid)
    NAMED(syslog) NAMED(getgid) NAMED(setuid) NAMED(setgid) NAMED(geteuid) NAMED(getegid)
    NAMED(setpgid) NAMED(getppid) NAMED(setsid) NAMED(setreuid) NAMED(setregid) NAMED(getgroups)
    NAMED(setgroups) NAMED(setresuid) NAMED(getresuid) NAMED(setresgid) NAMED(getresgid)
    NAMED(getpgid) NAMED(setfsuid) NAMED(setfsgid) NAMED(getsid) NAMED(capget) NAMED(capset)
    NAMED(rt_sigpending) NAMED(rt_sigtimedwait) NAMED(rt_sigqueueinfo) NAMED(rt_sigsuspend)
    NAMED(sigaltstack) NAMED(personality) NAMED(statfs) NAMED(fstatfs) NAMED(getpriority)
    NAMED(setpriority) NAMED(sched_setparam) NAMED(sched_getparam) NAMED(sched_setscheduler)
    NAMED(sched_getscheduler) NAMED(sched_get_priority_max) NAMED(sched_get_priority_min)
    NAMED(sched_rr_get_interval) NAMED(mlock) NAMED(munlock) NAMED(mlockall) NAMED(munlockall)
    NAMED(vhangup) NAMED(pivot_root) NAMED(prctl) NAMED(adjtimex) NAMED(setrlimit) NAMED(chroot)
    NAMED(sync) NAMED(acct) NAMED(settimeofday) NAMED(mount) NAMED(umount2) NAMED(swapon)
    NAMED(swapoff) NAMED(reboot) NAMED(sethostname) NAMED(setdomainname) NAMED(init_module)
    NAMED(delete_module) NAMED(quotactl) NAMED(gettid) NAMED(readahead) NAMED(setxattr)
    NAMED(lsetxattr) NAMED(fsetxattr) NAMED(getxattr) NAMED(lgetxattr) NAMED(fgetxattr)
    NAMED(listxattr) NAMED(llistxattr) NAMED(flistxattr) NAMED(removexattr) NAMED(lremovexattr)
    NAMED(fremovexattr) NAMED(tkill) NAMED(futex) NAMED(sched_setaffinity) NAMED(sched_getaffinity)
    NAMED(io_setup) NAMED(io_destroy) NAMED(io_getevents) NAMED(io_submit) NAMED(io_cancel)
    NAMED(lookup_dcookie) NAMED(remap_file_pages) NAMED(getdents64) NAMED(set_tid_address)
    NAMED(restart_syscall) NAMED(semtimedop) NAMED(fadvise64) NAMED(timer_create)
    NAMED(timer_settime) NAMED(timer_gettime) NAMED(timer_getoverrun) NAMED(timer_delete)
    NAMED(clock_settime) NAMED(clock_gettime) NAMED(clock_getres) NAMED(clock_nanosleep)
    NAMED(exit_group) NAMED(epoll_ctl) NAMED(tgkill) NAMED(mbind) NAMED(set_mempolicy)
    NAMED(get_mempolicy) NAMED(mq_open) NAMED(mq_unlink) NAMED(mq_timedsend) NAMED(mq_timedreceive)
    NAMED(mq_notify) NAMED(mq_getsetattr) NAMED(kexec_load) NAMED(waitid) NAMED(add_key)
    NAMED(request_key) NAMED(keyctl) NAMED(ioprio_set) NAMED(ioprio_get) NAMED(inotify_add_watch)
    NAMED(inotify_rm_watch) NAMED(migrate_pages) NAMED(openat) NAMED(mkdirat) NAMED(mknodat)
    NAMED(fchownat) NAMED(newfstatat) NAMED(unlinkat) NAMED(renameat) NAMED(linkat)
    NAMED(symlinkat) NAMED(readlinkat) NAMED(fchmodat) NAMED(faccessat) NAMED(pselect6)
    NAMED(ppoll) NAMED(unshare) NAMED(set_robust_list) NAMED(get_robust_list) NAMED(splice)
    NAMED(tee) NAMED(sync_file_range) NAMED(vmsplice) NAMED(move_pages) NAMED(utimensat)
    NAMED(epoll_pwait) NAMED(timerfd_create) NAMED(fallocate) NAMED(timerfd_settime)
    NAMED(timerfd_gettime) NAMED(accept4) NAMED(signalfd4) NAMED(eventfd2) NAMED(epoll_create1)
    NAMED(dup3) NAMED(pipe2) NAMED(inotify_init1) NAMED(preadv) NAMED(pwritev)
    NAMED(rt_tgsigqueueinfo) NAMED(perf_event_open) NAMED(recvmmsg) NAMED(fanotify_init)
    NAMED(fanotify_mark) NAMED(prlimit64) NAMED(name_to_handle_at) NAMED(open_by_handle_at)
    NAMED(clock_adjtime) NAMED(syncfs) NAMED(sendmmsg) NAMED(setns) NAMED(getcpu)
    NAMED(process_vm_readv) NAMED(process_vm_writev) NAMED(kcmp) NAMED(finit_module)
    NAMED(sched_setattr) NAMED(sched_getattr) NAMED(renameat2) NAMED(seccomp) NAMED(getrandom)
    NAMED(memfd_create) NAMED(kexec_file_load) NAMED(bpf) NAMED(execveat) NAMED(userfaultfd)
    NAMED(membarrier) NAMED(mlock2) NAMED(copy_file_range) NAMED(preadv2) NAMED(pwritev2)
    NAMED(pkey_mprotect) NAMED(pkey_alloc) NAMED(pkey_free) NAMED(statx) NAMED(io_pgetevents)
    NAMED(rseq)
#endif
#ifdef __x86_64__
    NAMED(open) NAMED(stat) NAMED(lstat) NAMED(poll) NAMED(access) NAMED(pipe) NAMED(select)
    NAMED(dup2) NAMED(pause) NAMED(alarm) NAMED(fork) NAMED(vfork) NAMED(getdents) NAMED(rename)
    NAMED(mkdir) NAMED(rmdir) NAMED(creat) NAMED(link) NAMED(unlink) NAMED(symlink) NAMED(readlink)
    NAMED(chmod) NAMED(chown) NAMED(lchown) NAMED(getpgrp) NAMED(utime) NAMED(mknod) NAMED(ustat)
    NAMED(sysfs) NAMED(modify_ldt) NAMED(arch_prctl) NAMED(iopl) NAMED(ioperm) NAMED(time)
    NAMED(set_thread_area) NAMED(get_thread_area) NAMED(epoll_create) NAMED(epoll_wait)
    NAMED(utimes) NAMED(inotify_init) NAMED(futimesat) NAMED(signalfd) NAMED(eventfd)
#endif
    /* From 424 on, all architectures have the same numbers, and libc may not have all names yet. */
    [424] = "pidfd_send_signal", [425] = "io_uring_setup", [426] = "io_uring_enter",
    [427] = "io_uring_register", [428] = "open_tree", [429] = "move_mount", [430] = "fsopen",
    [431] = "fsconfig", [432] = "fsmount", [433] = "fspick", [434] = "pidfd_open",
    [435] = "clone3", [436] = "close_range", [437] = "openat2", [438] = "pidfd_getfd",
    [439] = "faccessat2", [440] = "process_madvise", [441] = "epoll_pwait2",
    [442] = "mount_setattr", [443] = "quotactl_fd", [444] = "landlock_create_ruleset",
    [445] = "landlock_add_rule", [446] = "landlock_restrict_self", [447] = "memfd_secret",
    [448] = "process_mrelease", [449] = "futex_waitv", [450] = "set_mempolicy_home_node",
    [451] = "cachestat", [452] = "fchmodat2", [453] = "map_shadow_stack", [454] = "futex_wake",
    [455] = "futex_wait", [456] = "futex_requeue", [457] = "statmount", [458] = "listmount",
    [459] = "lsm_get_self_attr", [460] = "lsm_set_self_attr", [461] = "lsm_list_modules",
    [462] = "mseal", [463] = "setxattrat", [464] = "getxattrat", [465] = "listxattrat",
    [466] = "removexattrat", [467] = "open_tree_attr", [468] = "file_getattr",
    [469] = "file_setattr",
};
/* clang-format on */

const char *call_name(int number)
{
    return number < 0 || number >= CALL_NAMES_END ? NULL : names[number];
}
