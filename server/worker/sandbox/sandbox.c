/*
 * sandbox: see sandbox.h.
 */
#include "server/worker/sandbox/sandbox.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/worker/sandbox/landlock.h"
#include "server/worker/sandbox/resources.h"
#include "server/worker/sandbox/rules.h"
#include "server/worker/sandbox/trap.h"

/* A filter without an address: a kernel that could take one says EFAULT. */
bool sandbox_has_seccomp(void)
{
    static enum { NOT_ASKED, THERE, MISSING } answer;

    if (answer == NOT_ASKED)
        answer = FILTER_ARCHITECTURE != 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) < 0 &&
                         errno == EFAULT
                     ? THERE
                     : MISSING;
    return answer == THERE;
}

static unsigned int pools_of(const struct pool_config *config)
{
    if (config->type == SOCK_STREAM)
        return RULES_STREAMS;
    return config->mode == MODE_INET ? RULES_INET_DATAGRAMS : 0;
}

static struct filter_job describe_job(const struct pool_config *config, int listener_fd)
{
    bool is_program = config->runs_program, logs = !is_program && config->sandbox == SANDBOX_LOG;

    return (struct filter_job){
        .rules = is_program ? rules_of_program : rules_of_worker,
        .rule_count = is_program ? rules_of_program_count : rules_of_worker_count,
        .other = is_program ? VERDICT_ALLOWED : VERDICT_UNKNOWN,
        .actions = logs ? rules_logged : rules_enforced,
        .pools = pools_of(config),
        .values = {[VALUE_PROCESS] = (uint32_t)getpid(), [VALUE_LISTENER] = (uint32_t)listener_fd},
        .exempt = logs ? trap_exempt() : 0,
    };
}

/* Before Linux 5.16 a filter without SPEC_ALLOW also took the processor's guesses at loads and
 * branches from the process, as if it ran code of others: for half of its speed. prctl(2) is for
 * Linux before 4.17, and for filters that forbid seccomp(2). */
static int install(struct filter *filter)
{
    const struct sock_fprog program = {.len = filter->length, .filter = filter->code};

    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) ==
        0)
        return 0;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* The memory is given back: a worker would keep three pages that it never needs again. */
static int enter_seccomp(const struct pool_config *config, int listener_fd)
{
    const struct filter_job job = describe_job(config, listener_fd);
    struct filter *filter =
        mmap(NULL, sizeof(*filter), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int result, cause;

    if (filter == MAP_FAILED)
        return -1;
    result = filter_compile(&job, filter);
    if (result == 0)
        result = install(filter);
    cause = errno;
    munmap(filter, sizeof(*filter));
    errno = cause;
    return result;
}

static bool is_wanted(const struct pool_config *config)
{
    return config->runs_program ? config->no_new_privileges != 0 : config->sandbox != SANDBOX_OFF;
}

/* Return whether workers of CONFIG's pool are to be in a domain of Landlock, and to have less of
 * the kernel: neither can say what it would refuse without refusing it. */
static bool has_wall(const struct pool_config *config)
{
    return !config->runs_program && config->sandbox == SANDBOX_ENFORCE;
}

/* Clients that send datagrams from unix sockets often have abstract names, and are answered. */
static bool reaches_names(const struct pool_config *config)
{
    return config->mode == MODE_UNIX && config->type == SOCK_DGRAM;
}

/* What asks the kernel for more comes before the filter, which would refuse it. */
int sandbox_enter(const struct pool_config *config, int listener_fd)
{
    bool logs = !config->runs_program && config->sandbox == SANDBOX_LOG;

    if (!is_wanted(config))
        return 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    if (has_wall(config) && (landlock_enter(reaches_names(config)) < 0 || resources_give_up() < 0))
        return -1;
    if (!sandbox_has_seccomp())
        return 0;
    if (logs && trap_begin(config->name) < 0)
        return -1;
    return enter_seccomp(config, listener_fd);
}

/* Return what is to be said of Landlock, behind " without seccomp" or, where all IS_WHOLE so far,
 * behind the level. */
static const char *describe_wall(const struct pool_config *config, bool is_whole)
{
    switch (has_wall(config) ? landlock_probe() : LANDLOCK_SIGNALS) {
    case LANDLOCK_NONE:
        return is_whole ? " without Landlock" : " and Landlock";
    case LANDLOCK_FILES:
        return " with Landlock for files";
    case LANDLOCK_TCP:
        return " with Landlock for files and TCP";
    default:
        return "";
    }
}

void sandbox_describe(const struct pool_config *config, char text[SANDBOX_TEXT_SIZE])
{
    static const char *const levels[] = {
        [SANDBOX_OFF] = "off", [SANDBOX_LOG] = "log", [SANDBOX_ENFORCE] = "enforce"};
    const char *level = config->runs_program ? "no_new_privileges" : levels[config->sandbox];
    bool is_whole = !is_wanted(config) || sandbox_has_seccomp();

    snprintf(text, SANDBOX_TEXT_SIZE, "%s%s%s", is_wanted(config) ? level : levels[SANDBOX_OFF],
             is_whole ? "" : " without seccomp", describe_wall(config, is_whole));
}
