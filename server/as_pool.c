/*
 * as_pool: see as_pool.h.
 */
#include "server/as_pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/signal_name.h"
#include "server/worker/privileges.h"

/* What the child shares with this process. Keys are constants, at one address in both. */
struct answer {
    bool is_wrong;
    const char *key;
    char text[PROGRAM_CHECK_SIZE];
};

/* Append to TEXT with which rights that was found. */
static void append_rights(const struct pool_config *pool, char text[PROGRAM_CHECK_SIZE])
{
    size_t length = strlen(text);
    bool has_both = pool->has_identity && pool->chroot != NULL;

    if (!pool->has_identity && pool->chroot == NULL)
        return;
    snprintf(text + length, PROGRAM_CHECK_SIZE - length, " (%s%.60s%s%s%.255s)",
             pool->has_identity ? "as user " : "", pool->has_identity ? pool->user : "",
             has_both ? ", " : "", pool->chroot == NULL ? "" : "in chroot ",
             pool->chroot == NULL ? "" : pool->chroot);
}

/* Be the child, and find the answer. */
static void find(const struct pool_config *pool, as_pool_check *check, struct answer *answer)
{
    struct failure failure = FAILURE_UNSAID;
    const struct failed *failed;

    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a file server may not answer */
    answer->key = "chroot";
    failed = privileges_enter_root(pool, &failure);
    if (failed == NULL) {
        answer->key = "user";
        failed = privileges_change_user(pool, &failure);
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* the change has cleared it */
    }
    answer->is_wrong = failed != NULL;
    if (answer->is_wrong)
        snprintf(answer->text, sizeof(answer->text), "%s", failure.message);
    else if (check != NULL && check(pool, &answer->key, answer->text) != NULL)
        answer->is_wrong = true;
    if (answer->is_wrong && failed == NULL)
        append_rights(pool, answer->text);
}

/* Return whether this process may signal the child PID, which has the rights of a pool, as the
 * master must. Waits until it ends or is stopped, and leaves it to be reaped. */
static bool can_signal(pid_t pid)
{
    siginfo_t info;

    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOWAIT) < 0 && errno == EINTR)
        ;
    return kill(pid, 0) == 0 || errno != EPERM;
}

/* Wait until the child PID ends. One that its user has stopped is killed. Returns its status, that
 * of a stopped process where it cannot be killed. */
static int await_end(pid_t pid)
{
    int status = 0;
    pid_t got;

    do
        got = waitpid(pid, &status, WUNTRACED);
    while ((got < 0 && errno == EINTR) ||
           (got == pid && WIFSTOPPED(status) && kill(pid, SIGKILL) == 0));
    return status;
}

/* Write to ANSWER that a child with STATUS, which a signal has ended or stopped, did not finish. */
static void note_signal(const struct pool_config *pool, int status, struct answer *answer)
{
    char name[SIGNAL_NAME_SIZE];
    bool is_stopped = WIFSTOPPED(status);

    answer->is_wrong = true;
    snprintf(answer->text, sizeof(answer->text), "could not be checked: %s by %s",
             is_stopped ? "stopped" : "killed",
             signal_name(is_stopped ? WSTOPSIG(status) : WTERMSIG(status), name));
    append_rights(pool, answer->text);
}

/* Write to ANSWER that the master could not signal its workers: no deadline and no stop would end
 * them. */
static void note_out_of_reach(const struct pool_config *pool, struct answer *answer)
{
    answer->is_wrong = true;
    answer->key = "user";
    snprintf(answer->text, sizeof(answer->text),
             "cannot signal processes of user %.60s (%u), which takes CAP_KILL: kill(2): %s",
             pool->user == NULL ? "" : pool->user, (unsigned int)pool->uid, strerror(EPERM));
}

/* Return whether the child has found something wrong, or could not look: processes of its user may
 * signal it. One that could not be made has found nothing. */
static bool ask(const struct pool_config *pool, as_pool_check *check, struct answer *answer)
{
    pid_t pid = fork();
    bool is_in_reach;
    int status;

    if (pid == 0) {
        find(pool, check, answer);
        _exit(STATUS_OK);
    }
    if (pid < 0)
        return false;
    is_in_reach = can_signal(pid);
    status = await_end(pid);
    if (!WIFEXITED(status))
        note_signal(pool, status, answer);
    else if (!answer->is_wrong && !is_in_reach)
        note_out_of_reach(pool, answer);
    return answer->is_wrong;
}

const char *as_pool(const struct pool_config *pool, as_pool_check *check, const char **key,
                    char text[PROGRAM_CHECK_SIZE])
{
    struct answer *answer;
    bool is_wrong;

    if (!privileges_differ(pool))
        return check == NULL ? NULL : check(pool, key, text);
    answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (answer == MAP_FAILED)
        return NULL;
    answer->key = pool->has_identity ? "user" : "chroot";
    is_wrong = ask(pool, check, answer);
    if (is_wrong) {
        *key = answer->key;
        snprintf(text, PROGRAM_CHECK_SIZE, "%s", answer->text);
    }
    munmap(answer, sizeof(*answer));
    return is_wrong ? text : NULL;
}
