/*
 * process: see process.h.
 */
#include "server/program/process.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/signal_name.h"
#include "server/program/group.h"

/* How long a killed program may take to end. */
#define KILLED_WITHIN_NS (500 * NS_PER_MS)

/* How often to look whether a group has ended, of which no event tells. */
#define GROUP_CHECK_NS (20 * NS_PER_MS)

struct process process_started(pid_t pid, int pid_fd)
{
    return (struct process){
        .pid = pid, .pid_fd = pid_fd, .kill_ns = NEVER_NS, .give_up_ns = NEVER_NS};
}

void process_signal(pid_t pid, int number)
{
    if (kill(-pid, number) < 0 || getpgid(pid) != pid)
        kill(pid, number);
}

void process_cut(pid_t pid, int fd)
{
    if (pid > 0)
        process_signal(pid, SIGTERM);
    else if (fd >= 0)
        shutdown(fd, SHUT_RDWR);
}

void process_note_term(struct process *process, int64_t now_ns, int64_t kill_after_ns)
{
    process->is_ending = true;
    process->kill_ns = now_ns + kill_after_ns;
}

bool process_outlives_kill(struct process *process, int64_t now_ns)
{
    if (now_ns >= process->kill_ns) {
        process->kill_ns = NEVER_NS;
        process->give_up_ns = now_ns + KILLED_WITHIN_NS;
        process_signal(process->pid, SIGKILL);
    }
    return now_ns >= process->give_up_ns && !process->has_ended;
}

/* To look at a group is to read all of /proc, so its end is looked for no more than once. */
bool process_is_over(struct process *process)
{
    if (!process->has_ended || !process->is_ending || process->give_up_ns != NEVER_NS)
        return process->has_ended;
    process->is_alone = process->is_alone || !group_lives(process->pid);
    return process->is_alone;
}

int64_t process_due_ns(const struct process *process, int64_t now_ns)
{
    int64_t due_ns = clock_earlier_ns(process->kill_ns, process->give_up_ns);

    return process->has_ended && process->is_ending && !process->is_alone
               ? clock_earlier_ns(due_ns, now_ns + GROUP_CHECK_NS)
               : due_ns;
}

int process_reap(struct process *process)
{
    int status = 0;

    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (process->pid_fd >= 0)
        close(process->pid_fd);
    *process = (struct process){.pid_fd = -1};
    return status;
}

void process_log_death(pid_t pid, const char *pool, int status)
{
    char text[SIGNAL_NAME_SIZE];

    if (WIFEXITED(status))
        log_line(LOG_NOTICE,
                 "program %d (pool %s) exited with status %d while it waited for a client",
                 (int)pid, pool, WEXITSTATUS(status));
    else
        log_line(LOG_NOTICE, "program %d (pool %s) killed by %s while it waited for a client",
                 (int)pid, pool, signal_name(WTERMSIG(status), text));
}

enum program_outcome process_outcome(int status, bool has_gone)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return PROGRAM_OK;
    if (has_gone || (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE))
        return PROGRAM_GONE;
    return WIFSIGNALED(status) ? PROGRAM_SIGNALLED : PROGRAM_FAILED;
}
