/*
 * loading: see loading.h.
 */
#include "server/worker/loading.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "server/service/module/module.h"
#include "server/worker/privileges.h"

/* Lend the rights of CONFIG's pool, and end with PARENT from then on: a change of credentials
 * clears the signal at the parent's death. */
static MAY_FAIL lend(const struct pool_config *config, pid_t parent, struct failure *failure)
{
    const struct failed *failed = privileges_lend(config, failure);

    if (failed != NULL)
        return failed;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot ask for a signal at the parent's death: %s",
                    strerror(errno));
    if (getppid() != parent)
        _exit(STATUS_OK);
    return NULL;
}

MAY_FAIL loading_begin(const struct pool_config *config, int fd, pid_t parent,
                       const struct preforkd_service **module, struct failure *failure)
{
    const struct failed *failed;

    if (!config->runs_module || config->chroot == NULL)
        return NULL;
    failed = lend(config, parent, failure);
    if (failed == NULL)
        failed = module_load(config, fd, module, failure);
    return failed == NULL ? privileges_return(config, failure) : failed;
}

MAY_FAIL loading_finish(const struct pool_config *config, int fd,
                        const struct preforkd_service **module, struct failure *failure)
{
    return config->runs_module && *module == NULL ? module_load(config, fd, module, failure) : NULL;
}
