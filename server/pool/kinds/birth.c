/*
 * birth: see birth.h. The program is born as a worker is, and as a program that a worker starts.
 */
#include "server/pool/kinds/birth.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/config/words.h"
#include "common/status.h"
#include "server/program/environment.h"
#include "server/program/launch.h"
#include "server/program/limits.h"
#include "server/worker/oom.h"
#include "server/worker/privileges.h"
#include "server/worker/sandbox/sandbox.h"

/* The pipe of the program's standard error becomes its user's, so that it may open /dev/stderr. The
 * signal at the master's death, which a change of the user clears, is launch_become()'s to set. */
static void take_privileges(const struct birth_job *job)
{
    const struct pool_config *config = job->config;
    struct failure failure = FAILURE_UNSAID;

    if (config->has_identity && fchown(job->error_fd, config->uid, config->gid) < 0)
        log_line(LOG_INFO, "pool %s: cannot give its programs their standard error: %s",
                 config->name, strerror(errno));
    if (privileges_take(config, &failure) == NULL)
        return;
    log_line(LOG_ERROR, "pool %s: %s", config->name, failure.message);
    _exit(STATUS_SYSTEM);
}

/* The program's standard output goes where its standard error does: it has no client there. */
static int start(const struct birth_job *job, char *const *words, const char **what)
{
    static char text[LIMITS_TEXT_SIZE];
    const struct pool_config *config = job->config;
    bool is_named = config->listener_descriptor != STDIN_FILENO;
    struct launch launch = {
        .words = words,
        .directory = config->directory,
        .limits = config,
        .input_fd = is_named ? open("/dev/null", O_RDONLY | O_CLOEXEC) : job->listener_fd,
        .output_fd = job->error_fd,
        .error_fd = job->error_fd,
        .listener_fd = is_named ? job->listener_fd : -1,
        .kept_fd = job->log.fd,
        .death_signal = (int)config->stop_signal,
        .parent = job->master,
    };

    *what = limits_set(config, text);
    if (*what != NULL)
        return -1;
    *what = "prepare it";
    if (launch_begin() < 0 || environment_begin(config->environment) < 0)
        return -1;
    launch.environment = environment_of_resident(is_named ? config->name : NULL, job->notify_socket,
                                                 job->watchdog_ns);
    take_privileges(job);
    *what = "enter its sandbox";
    if (sandbox_enter(job->sandbox, job->listener_fd) < 0)
        return -1;
    return launch_become(&launch, what);
}

_Noreturn void birth_run(const struct birth_job *job)
{
    char **words = config_words(job->config->command);
    const char *what = "prepare it";

    log_open(&job->log);
    oom_go_first();
    if (words != NULL)
        start(job, words, &what);
    log_line(LOG_ERROR, "pool %s: cannot start %s: cannot %s: %s", job->config->name,
             words == NULL ? "its program" : words[0], what, strerror(errno));
    _exit(STATUS_SYSTEM);
}
