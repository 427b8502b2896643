/*
 * as_pool_child: see as_pool_child.h.
 */
#include "server/as_pool_child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "common/descriptors.h"
#include "common/log.h"
#include "server/program/limits.h"
#include "server/service/module/module.h"
#include "server/service/service_log.h"
#include "server/worker/connection/connection.h"
#include "server/worker/loading.h"
#include "server/worker/privileges.h"

/* What may be wrong. The child says its number, and no address: a module may have written
 * anything. */
static const char *const keys[] = {"chroot", "user", "command", "directory", "module"};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

/* When a child ends itself that its parent could not kill: so late that a parent which is only slow
 * does so before, and says why. */
enum { LAST_DEADLINE_S = 2 * AS_POOL_MODULE_WITHIN_S };

size_t as_pool_key_number(const char *key)
{
    size_t i = 0;

    while (i < KEYS - 1 && strcmp(keys[i], key) != 0)
        i++;
    return i;
}

const char *as_pool_key(size_t number)
{
    return keys[number < KEYS ? number : KEYS - 1];
}

void as_pool_append_rights(const struct pool_config *pool, bool is_in_root,
                           char text[PROGRAM_CHECK_SIZE])
{
    size_t length = strnlen(text, PROGRAM_CHECK_SIZE);
    bool has_root = is_in_root && pool->chroot != NULL;

    if (length >= PROGRAM_CHECK_SIZE || (!pool->has_identity && !has_root))
        return;
    snprintf(text + length, PROGRAM_CHECK_SIZE - length, " (%s%.60s%s%s%.255s)",
             pool->has_identity ? "as user " : "", pool->has_identity ? pool->user : "",
             pool->has_identity && has_root ? ", " : "", has_root ? "in chroot " : "",
             has_root ? pool->chroot : "");
}

/* Have the kernel end this process with its parent. A change of credentials clears that. */
static void follow(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a file server may not answer */
    if (getppid() != parent)
        _exit(STATUS_SYSTEM);
}

/* Have the kernel kill this process at its last deadline. A parent without CAP_KILL may not signal
 * it once it has the rights of its pool, nor may the kernel for it at the parent's death; a timer
 * needs no right, and a module can neither block nor handle this signal. Without room for a timer
 * the process stays until its module has done. */
static void set_last_deadline(void)
{
    struct sigevent at_end = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
    const struct itimerspec end = {.it_value.tv_sec = LAST_DEADLINE_S};
    timer_t timer;

    if (timer_create(CLOCK_MONOTONIC, &at_end, &timer) == 0)
        timer_settime(timer, 0, &end, NULL);
}

/* Standard output may be what a dump is written to, and standard input the operator's. */
static void leave_standard_descriptors(void)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    dup2(fd < 0 ? STDERR_FILENO : fd, STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

/* Have what a worker has when it loads its module, and nothing of this process that a module could
 * change. The log is where it was before it was opened: the descriptor that it had is closed here,
 * and a file of the module's may be the next to get its number. A limit that cannot be set is
 * reported by itself (limits_refuse()). */
static void be_like_worker(const struct pool_config *pool)
{
    const struct log_target target = {.fd = STDERR_FILENO,
                                      .level = LOG_NOTICE,
                                      .style = log_style_of(STDERR_FILENO),
                                      .may_block = true};
    char text[LIMITS_TEXT_SIZE];
    sigset_t nothing;

    set_last_deadline();
    log_open(&target);
    descriptors_close_others(NULL, 0);
    leave_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&nothing);
    sigprocmask(SIG_SETMASK, &nothing, NULL);
    limits_set(pool, text);
}

/* Take the rights of POOL, as a worker does, and set *MODULE to its module, where that is loaded
 * before. */
static MAY_FAIL take_rights(const struct pool_config *pool, pid_t parent,
                            struct as_pool_answer *answer, const struct preforkd_service **module,
                            struct failure *failure)
{
    const struct failed *failed;

    answer->key = as_pool_key_number("module");
    failed = loading_begin(pool, -1, parent, module, failure);
    if (failed != NULL)
        return failed;
    answer->key = as_pool_key_number("chroot");
    failed = privileges_enter_root(pool, failure);
    if (failed != NULL)
        return failed;
    answer->is_in_root = true;
    answer->key = as_pool_key_number("user");
    failed = privileges_change_user(pool, failure);
    follow(parent);
    return failed;
}

/* Start the module of POOL as a worker does, and stop it. */
static MAY_FAIL try_module(const struct pool_config *pool, struct as_pool_answer *answer,
                           const struct preforkd_service *module, struct failure *failure)
{
    const struct failed *failed;

    answer->key = as_pool_key_number("module");
    failed = loading_finish(pool, -1, &module, failure);
    if (failed != NULL)
        return failed;
    answer->lets_client_speak = module->client_speaks_first;
    service_log_begin(pool->name);
    failed = module_start(pool, module, &connection_ops.bytes, failure);
    if (failed == NULL && module->stop != NULL)
        module->stop();
    return failed;
}

/* Take the rights of POOL, and try its module if it has one. Returns whether TEXT says what is
 * wrong. */
static bool refuse_rights(const struct pool_config *pool, pid_t parent,
                          struct as_pool_answer *answer, char text[PROGRAM_CHECK_SIZE])
{
    const struct preforkd_service *module = NULL;
    struct failure failure = FAILURE_UNSAID;
    const struct failed *failed = take_rights(pool, parent, answer, &module, &failure);

    if (failed == NULL && pool->runs_module)
        failed = try_module(pool, answer, module, &failure);
    if (failed == NULL)
        return false;
    snprintf(text, PROGRAM_CHECK_SIZE, "%s", failure.message);
    if (answer->key == as_pool_key_number("module"))
        as_pool_append_rights(pool, answer->is_in_root != 0, text);
    return true;
}

/* Have CHECK look at the program of POOL. Returns whether TEXT says what is wrong. */
static bool refuse_program(const struct pool_config *pool, as_pool_check *check,
                           struct as_pool_answer *answer, char text[PROGRAM_CHECK_SIZE])
{
    const char *key = "command";
    bool is_wrong;

    answer->key = as_pool_key_number(key);
    is_wrong = check(pool, &key, text) != NULL;
    answer->key = as_pool_key_number(key);
    if (is_wrong)
        as_pool_append_rights(pool, true, text);
    return is_wrong;
}

void as_pool_find(const struct pool_config *pool, as_pool_check *check, pid_t parent,
                  struct as_pool_answer *answer)
{
    char text[PROGRAM_CHECK_SIZE] = "";
    bool is_wrong;

    follow(parent);
    if (pool->runs_module)
        be_like_worker(pool);
    is_wrong = refuse_rights(pool, parent, answer, text);
    if (!is_wrong && check != NULL)
        is_wrong = refuse_program(pool, check, answer, text);
    memcpy(answer->text, text, sizeof(text));
    answer->is_wrong = is_wrong;
    answer->is_done = true;
}
