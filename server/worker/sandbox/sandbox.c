/*
 * sandbox: see sandbox.h.
 */
#include "server/worker/sandbox/sandbox.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/worker/sandbox/landlock.h"
#include "server/worker/sandbox/resources.h"
#include "server/worker/sandbox/rules.h"
#include "server/worker/sandbox/trap.h"

struct sandbox {
    const struct pool_config *config;
    struct filter filter; /* empty where the kernel has none */
};

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
    unsigned int modules = config->runs_module ? RULES_MODULES : 0;

    if (config->type == SOCK_STREAM)
        return modules | RULES_STREAMS;
    return modules | (config->mode == MODE_INET ? RULES_INET_DATAGRAMS : 0);
}

static bool logs(const struct pool_config *config)
{
    return !config->runs_program && config->sandbox == SANDBOX_LOG;
}

static struct filter_job describe_job(const struct pool_config *config)
{
    bool is_program = config->runs_program;

    return (struct filter_job){
        .rules = is_program ? rules_of_program : rules_of_worker,
        .rule_count = is_program ? rules_of_program_count : rules_of_worker_count,
        .other = is_program ? VERDICT_ALLOWED : VERDICT_UNKNOWN,
        .actions = logs(config) ? rules_logged : rules_enforced,
        .pools = pools_of(config),
        .exempt = logs(config) ? trap_exempt() : 0,
    };
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

int sandbox_create(const struct pool_config *config, struct sandbox **sandbox)
{
    const struct filter_job job = describe_job(config);

    *sandbox = NULL;
    if (!is_wanted(config))
        return 0;
    *sandbox = malloc(sizeof(**sandbox));
    if (*sandbox == NULL)
        return -1;
    (*sandbox)->config = config;
    (*sandbox)->filter.length = 0;
    return sandbox_has_seccomp() ? filter_compile(&job, &(*sandbox)->filter) : 0;
}

void sandbox_destroy(struct sandbox *sandbox)
{
    free(sandbox);
}

/* Before Linux 5.16 a filter without SPEC_ALLOW also took the processor's guesses at loads and
 * branches from the process, as if it ran code of others: for half of its speed. prctl(2) is for
 * Linux before 4.17, and for filters that forbid seccomp(2). */
static int install(const struct filter *filter, int listener_fd)
{
    const uint32_t values[VALUES] = {
        [VALUE_PROCESS] = (uint32_t)getpid(), [VALUE_LISTENER] = (uint32_t)listener_fd};
    struct sock_filter code[FILTER_CODE_MAX];
    const struct sock_fprog program = {.len = filter->length, .filter = code};

    filter_fit(filter, values, code);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) ==
        0)
        return 0;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* What asks the kernel for more comes before the filter, which would refuse it. */
int sandbox_enter(const struct sandbox *sandbox, int listener_fd)
{
    const struct pool_config *config;

    if (sandbox == NULL)
        return 0;
    config = sandbox->config;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    if (has_wall(config) && (landlock_enter(reaches_names(config)) < 0 || resources_give_up() < 0))
        return -1;
    if (sandbox->filter.length == 0)
        return 0;
    if (logs(config) && trap_begin(config->name) < 0)
        return -1;
    return install(&sandbox->filter, listener_fd);
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
