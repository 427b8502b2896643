/*
 * as_pool: see as_pool.h.
 */
#include "server/as_pool.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/descriptors.h"
#include "common/signal_name.h"
#include "server/service/module/module.h"
#include "server/service/service_log.h"
#include "server/worker/connection/connection.h"
#include "server/worker/loading.h"
#include "server/worker/privileges.h"

/* How long a module may take to be loaded and started: less than a reload waits for its
 * configuration, and for workers that accept. */
#define MODULE_WITHIN_NS (5 * NS_PER_S)

/* When to look at the child again, where no signal says that it has ended. */
#define LOOK_AGAIN_NS (100 * NS_PER_MS)

/* What may be wrong. The child says its number here, and no address: a module may have written
 * anything. */
static const char *const keys[] = {"chroot", "user", "command", "directory", "module"};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

/* What the child shares with this process. */
struct answer {
    int is_done, is_wrong;
    int lets_client_speak; /* a module does */
    size_t key;
    char text[PROGRAM_CHECK_SIZE];
};

static size_t key_number(const char *key)
{
    size_t i = 0;

    while (i < KEYS - 1 && strcmp(keys[i], key) != 0)
        i++;
    return i;
}

/* Append to TEXT with which rights that was found, where they are not those of this process. */
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

/* Take the rights of POOL, as a worker does, and set *MODULE to its module, where that is loaded
 * before. */
static MAY_FAIL take_rights(const struct pool_config *pool, struct answer *answer,
                            const struct preforkd_service **module, struct failure *failure)
{
    const struct failed *failed;

    answer->key = key_number("module");
    failed = loading_begin(pool, module, failure);
    if (failed != NULL)
        return failed;
    answer->key = key_number("chroot");
    failed = privileges_enter_root(pool, failure);
    if (failed != NULL)
        return failed;
    answer->key = key_number("user");
    failed = privileges_change_user(pool, failure);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* the change has cleared it */
    return failed;
}

/* Start the module of POOL as a worker does, and stop it. */
static MAY_FAIL try_module(const struct pool_config *pool, struct answer *answer,
                           const struct preforkd_service *module, struct failure *failure)
{
    const struct failed *failed;

    answer->key = key_number("module");
    failed = loading_finish(pool, &module, failure);
    if (failed != NULL)
        return failed;
    answer->lets_client_speak = module->client_speaks_first;
    service_log_begin(pool->name);
    failed = module_start(pool, module, &connection_ops.bytes, failure);
    if (failed == NULL && module->stop != NULL)
        module->stop();
    return failed;
}

/* Have CHECK look at the program of POOL. */
static void check_program(const struct pool_config *pool, as_pool_check *check,
                          struct answer *answer)
{
    const char *key = "command";

    answer->key = key_number(key);
    answer->is_wrong = check(pool, &key, answer->text) != NULL;
    answer->key = key_number(key);
    if (answer->is_wrong)
        append_rights(pool, answer->text);
}

/* Be the child, and find the answer. What a module leaves behind has nothing of this process. */
static void find(const struct pool_config *pool, as_pool_check *check, struct answer *answer)
{
    const struct preforkd_service *module = NULL;
    struct failure failure = FAILURE_UNSAID;
    const struct failed *failed;

    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a file server may not answer */
    if (pool->runs_module)
        descriptors_close_others(NULL, 0);
    failed = take_rights(pool, answer, &module, &failure);
    if (failed == NULL && pool->runs_module)
        failed = try_module(pool, answer, module, &failure);
    if (failed != NULL) {
        answer->is_wrong = true;
        snprintf(answer->text, sizeof(answer->text), "%s", failure.message);
        if (answer->key == key_number("module"))
            append_rights(pool, answer->text);
    } else if (check != NULL) {
        check_program(pool, check, answer);
    }
    answer->is_done = true;
}

/* Wait until the child PID ends or is stopped, or UNTIL_NS is over, and leave it to be reaped.
 * SIGCHLD is blocked. */
static void await_change(pid_t pid, int64_t until_ns)
{
    const struct timespec again = {.tv_nsec = LOOK_AGAIN_NS};
    siginfo_t info = {.si_pid = 0};
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOWAIT | WNOHANG) == 0 &&
           info.si_pid == 0 && clock_now_ns() < until_ns)
        sigtimedwait(&ends, NULL, &again);
}

/* Return whether this process may signal the child PID, which has the rights of a pool, as the
 * master must. It was not reaped yet. */
static bool can_signal(pid_t pid)
{
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

/* Write to ANSWER that a child with STATUS, which has ended, or which a signal has stopped, did not
 * finish. */
static void note_end(const struct pool_config *pool, int status, bool is_late,
                     struct answer *answer)
{
    const char *what = pool->runs_module ? pool->module : NULL;
    char name[SIGNAL_NAME_SIZE], how[SIGNAL_NAME_SIZE + 64];

    if (is_late && pool->runs_module)
        snprintf(how, sizeof(how), "not loaded and started within %d s",
                 (int)(MODULE_WITHIN_NS / NS_PER_S));
    else if (WIFEXITED(status))
        snprintf(how, sizeof(how), "its process exited with status %d", WEXITSTATUS(status));
    else
        snprintf(how, sizeof(how), "%s by %s", WIFSTOPPED(status) ? "stopped" : "killed",
                 signal_name(WIFSTOPPED(status) ? WSTOPSIG(status) : WTERMSIG(status), name));
    answer->is_wrong = true;
    snprintf(answer->text, sizeof(answer->text), "%s%.255s%scould not be checked: %s",
             what == NULL ? "" : "module '", what == NULL ? "" : what, what == NULL ? "" : "' ",
             how);
    append_rights(pool, answer->text);
}

/* Write to ANSWER that the master could not signal its workers: no deadline and no stop would end
 * them. */
static void note_out_of_reach(const struct pool_config *pool, struct answer *answer)
{
    answer->is_wrong = true;
    answer->key = key_number("user");
    snprintf(answer->text, sizeof(answer->text),
             "cannot signal processes of user %.60s (%u), which takes CAP_KILL: kill(2): %s",
             pool->user == NULL ? "" : pool->user, (unsigned int)pool->uid, strerror(EPERM));
}

/* Wait for the child PID, which finds ANSWER, and complete that. */
static void await_answer(const struct pool_config *pool, pid_t pid, struct answer *answer)
{
    int64_t until_ns = pool->runs_module ? clock_now_ns() + MODULE_WITHIN_NS : NEVER_NS;
    bool is_in_reach, is_late;
    int status;

    await_change(pid, until_ns);
    is_late = clock_now_ns() >= until_ns;
    is_in_reach = can_signal(pid);
    if (is_late)
        kill(pid, SIGKILL);
    status = await_end(pid);
    if (!WIFEXITED(status) || answer->is_done == 0)
        note_end(pool, status, is_late, answer);
    else if (answer->is_wrong == 0 && !is_in_reach)
        note_out_of_reach(pool, answer);
}

/* Have a child find ANSWER. One that could not be made has found nothing. Processes of its user may
 * signal it. */
static void ask(const struct pool_config *pool, as_pool_check *check, struct answer *answer)
{
    sigset_t ends, before;
    pid_t pid;

    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ends, &before);
    pid = fork();
    if (pid == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        find(pool, check, answer);
        _exit(STATUS_OK);
    }
    if (pid > 0)
        await_answer(pool, pid, answer);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Copy what is wrong to TEXT and KEY. The child may have written anything. */
static void read_answer(const struct answer *answer, const char **key,
                        char text[PROGRAM_CHECK_SIZE])
{
    size_t number = *(const volatile size_t *)&answer->key;

    *key = keys[number < KEYS ? number : KEYS - 1];
    memcpy(text, answer->text, PROGRAM_CHECK_SIZE);
    text[PROGRAM_CHECK_SIZE - 1] = '\0';
    for (char *at = text; *at != '\0'; at++) {
        if (iscntrl((unsigned char)*at))
            *at = '?';
    }
}

const char *as_pool(const struct pool_config *pool, as_pool_check *check, const char **key,
                    char text[PROGRAM_CHECK_SIZE], bool *lets_client_speak)
{
    struct answer *answer;
    bool is_wrong;

    if (!privileges_differ(pool) && !pool->runs_module)
        return check == NULL ? NULL : check(pool, key, text);
    answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (answer == MAP_FAILED)
        return NULL;
    answer->key = key_number(pool->has_identity ? "user" : "chroot");
    ask(pool, check, answer);
    is_wrong = answer->is_wrong != 0;
    if (lets_client_speak != NULL)
        *lets_client_speak = answer->lets_client_speak != 0;
    if (is_wrong)
        read_answer(answer, key, text);
    munmap(answer, sizeof(*answer));
    return is_wrong ? text : NULL;
}
