/*
 * as_pool: see as_pool.h. This is the parent, which waits for its child (as_pool_child.h), and
 * trusts nothing of what it says.
 */
#include "server/as_pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/signal_name.h"
#include "common/text.h"
#include "server/as_pool_child.h"
#include "server/worker/privileges.h"

#define MODULE_WITHIN_NS (AS_POOL_MODULE_WITHIN_S * NS_PER_S)

/* When to look at the child again, where no signal says that it has ended. */
#define LOOK_AGAIN_NS (100 * NS_PER_MS)

/* Wait until the child PID ends or is stopped, or UNTIL_NS is over, and leave it to be reaped.
 * SIGCHLD is blocked. Returns whether it has ended; it has, too, where its end is not reported, as
 * SIGCHLD is ignored. */
static bool await_end(pid_t pid, int64_t until_ns)
{
    const struct timespec again = {.tv_nsec = LOOK_AGAIN_NS};
    siginfo_t info = {.si_pid = 0};
    bool is_over = false;
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    while (!is_over) {
        is_over = clock_now_ns() >= until_ns; /* before the look: time passes after it, too */
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOWAIT | WNOHANG) < 0)
            return true;
        if (info.si_pid != 0)
            return info.si_code != CLD_STOPPED && info.si_code != CLD_TRAPPED;
        if (!is_over)
            sigtimedwait(&ends, NULL, &again);
    }
    return false;
}

/* Reap the child PID, which has ended, or was killed. Returns its status. */
static int reap(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

/* Write to ANSWER that a child with STATUS did not finish. */
static void note_end(const struct pool_config *pool, int status, bool is_late,
                     struct as_pool_answer *answer)
{
    const char *what = pool->runs_module ? pool->module : NULL;
    char name[SIGNAL_NAME_SIZE], how[SIGNAL_NAME_SIZE + 64];

    if (is_late)
        snprintf(how, sizeof(how), "not loaded and started within %d s", AS_POOL_MODULE_WITHIN_S);
    else if (WIFEXITED(status))
        snprintf(how, sizeof(how), "its process exited with status %d", WEXITSTATUS(status));
    else
        snprintf(how, sizeof(how), "killed by %s", signal_name(WTERMSIG(status), name));
    answer->is_wrong = true;
    snprintf(answer->text, sizeof(answer->text), "%s%.255s%scould not be checked: %s",
             what == NULL ? "" : "module '", what == NULL ? "" : what, what == NULL ? "" : "' ",
             how);
    as_pool_append_rights(pool, answer->is_in_root != 0, answer->text);
}

/* Write to ANSWER that the master could not signal its workers: no deadline and no stop would end
 * them. */
static void note_out_of_reach(const struct pool_config *pool, struct as_pool_answer *answer)
{
    answer->is_wrong = true;
    answer->key = as_pool_key_number("user");
    snprintf(answer->text, sizeof(answer->text),
             "cannot signal processes of user %.60s (%u), which takes CAP_KILL: kill(2): %s",
             pool->user == NULL ? "" : pool->user, (unsigned int)pool->uid, strerror(EPERM));
}

/* Wait for the child PID, which finds SHARED. Returns a copy, completed. A child that has not ended
 * by itself is killed; one that cannot be is left behind, and has a deadline of its own. */
static struct as_pool_answer await_answer(const struct pool_config *pool, pid_t pid,
                                          const volatile struct as_pool_answer *shared)
{
    int64_t until_ns = pool->runs_module ? clock_now_ns() + MODULE_WITHIN_NS : NEVER_NS;
    bool has_ended = await_end(pid, until_ns);
    bool is_late = !has_ended && clock_now_ns() >= until_ns;
    bool is_in_reach = kill(pid, has_ended ? 0 : SIGKILL) == 0 || errno != EPERM;
    int status = has_ended || is_in_reach ? reap(pid) : 0;
    struct as_pool_answer answer = *shared;

    answer.text[sizeof(answer.text) - 1] = '\0';
    if ((has_ended || is_in_reach) && (!WIFEXITED(status) || answer.is_done == 0))
        note_end(pool, status, is_late, &answer);
    else if (!is_in_reach && (!has_ended || answer.is_wrong == 0))
        note_out_of_reach(pool, &answer);
    return answer;
}

/* Have a child find SHARED, and return that. One that could not be made has found nothing.
 * Processes of its user may signal it. */
static struct as_pool_answer ask(const struct pool_config *pool, as_pool_check *check,
                                 struct as_pool_answer *shared)
{
    struct as_pool_answer answer = {.is_done = false};
    sigset_t ends, before;
    pid_t parent = getpid(), pid;

    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    sigprocmask(SIG_BLOCK, &ends, &before);
    pid = fork();
    if (pid == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        as_pool_find(pool, check, parent, shared);
        _exit(STATUS_OK);
    }
    if (pid > 0)
        answer = await_answer(pool, pid, shared);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return answer;
}

/* Return the length of the character of UTF-8 at AT; 0 where there is none, or where that is a
 * character of ASCII or a control character, as U+0080 to U+009F are. */
static size_t measure_character(const char *at)
{
    unsigned char first = (unsigned char)at[0];
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;

    if (first < 0xc2 || first > 0xf4 || (first == 0xc2 && (unsigned char)at[1] < 0xa0))
        return 0;
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)at[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

/* Replace what a terminal could obey, of eight bits as well. */
static void clean(char *text)
{
    for (size_t length; *text != '\0'; text += length) {
        length = measure_character(text);
        if (length > 0)
            continue;
        if (text_is_control(*text) || ((unsigned char)*text >= 0x80 && (unsigned char)*text < 0xa0))
            *text = '?';
        length = 1;
    }
}

const char *as_pool(const struct pool_config *pool, as_pool_check *check, const char **key,
                    char text[PROGRAM_CHECK_SIZE], bool *lets_client_speak)
{
    struct as_pool_answer *shared, answer;

    if (!privileges_differ(pool) && !pool->runs_module)
        return check == NULL ? NULL : check(pool, key, text);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return NULL;
    shared->key = as_pool_key_number(pool->has_identity ? "user" : "chroot");
    answer = ask(pool, check, shared);
    munmap(shared, sizeof(*shared));
    if (lets_client_speak != NULL)
        *lets_client_speak = answer.lets_client_speak != 0;
    if (answer.is_wrong == 0)
        return NULL;
    *key = as_pool_key(answer.key);
    memcpy(text, answer.text, PROGRAM_CHECK_SIZE);
    clean(text);
    return text;
}

static bool have_same_rights(const struct pool_config *one, const struct pool_config *other)
{
    return one->runs_program == other->runs_program && one->has_identity == other->has_identity &&
           one->uid == other->uid && one->gid == other->gid &&
           one->group_count == other->group_count &&
           (one->group_count == 0 ||
            memcmp(one->groups, other->groups, one->group_count * sizeof(*one->groups)) == 0) &&
           text_equal(one->chroot, other->chroot);
}

static bool have_same_limits(const struct pool_config *one, const struct pool_config *other)
{
    return one->limit_files == other->limit_files && one->limit_memory == other->limit_memory &&
           one->limit_processes == other->limit_processes && one->nice == other->nice;
}

bool as_pool_finds_same(const struct pool_config *one, const struct pool_config *other)
{
    if (!have_same_rights(one, other))
        return false;
    return !other->runs_module || (one->runs_module && text_equal(one->module, other->module) &&
                                   one->type == other->type && one->sandbox == other->sandbox &&
                                   one->umask == other->umask && have_same_limits(one, other));
}
