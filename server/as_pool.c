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

/* Return whether the child has found something wrong. One that could not be made has not. */
static bool ask(const struct pool_config *pool, as_pool_check *check, struct answer *answer)
{
    pid_t pid = fork();

    if (pid == 0) {
        find(pool, check, answer);
        _exit(STATUS_OK);
    }
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
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
    is_wrong = ask(pool, check, answer);
    if (is_wrong) {
        *key = answer->key;
        snprintf(text, PROGRAM_CHECK_SIZE, "%s", answer->text);
    }
    munmap(answer, sizeof(*answer));
    return is_wrong ? text : NULL;
}
