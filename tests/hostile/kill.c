/*
 * kill: kill(2) of preforkd_hostile, in place of libc's: whatever its workers write to the memory
 * that they share with it, a master signals none but its children, and in an upgrade its successor,
 * which is no child of its own. Where it would, it says so and aborts.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t master; /* the process that was started by exec(2); its children are workers */

static __attribute__((constructor)) void note_master(void)
{
    master = getpid();
}

static int is_child(pid_t pid)
{
    siginfo_t info;

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Return whether PID runs this executable. */
static int is_alike(pid_t pid)
{
    char path[64], own[PATH_MAX], others[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof(own));

    snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
    return size > 0 && readlink(path, others, sizeof(others)) == size &&
           memcmp(own, others, (size_t)size) == 0;
}

int kill(pid_t pid, int sig)
{
    int cause = errno;

    if (getpid() == master && (pid <= 0 || (!is_child(pid) && !is_alike(pid)))) {
        fprintf(stderr, "preforkd_hostile: signal %d to %d, which is no child\n", sig, (int)pid);
        abort();
    }
    errno = cause;
    return (int)syscall(SYS_kill, pid, sig);
}
