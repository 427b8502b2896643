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

/* Return whether the child has found something wrong, or could not look: processes of its user may
 * signal it. One that could not be made has found nothing. */
static bool ask(const struct pool_config *pool, as_pool_check *check, struct answer *answer)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        find(pool, check, answer);
        _exit(STATUS_OK);
    }
    status = pid > 0 ? await_end(pid) : 0;
    if (!WIFEXITED(status))
        note_signal(pool, status, answer);
    return answer->is_wrong;
}

const char *as_pool(const struct pool_config *pool, as_pool_check *check, const char **key,
                    char text[PROGRAM_CHECK_SIZE])
{
    struct answer *answer;
    bool is_wrong;

    if (!pool->has_identity && pool->chroot == NULL)
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
