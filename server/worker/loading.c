/*
 * loading: see loading.h.
 */
#include "server/worker/loading.h"

#include <stddef.h>

#include "server/service/module/module.h"
#include "server/worker/privileges.h"

MAY_FAIL loading_begin(const struct pool_config *config, const struct preforkd_service **module,
                       struct failure *failure)
{
    const struct failed *failed;

    if (!config->runs_module || config->chroot == NULL)
        return NULL;
    failed = privileges_lend(config, failure);
    if (failed == NULL)
        failed = module_load(config, module, failure);
    return failed == NULL ? privileges_return(config, failure) : failed;
}

MAY_FAIL loading_finish(const struct pool_config *config, const struct preforkd_service **module,
                        struct failure *failure)
{
    return config->runs_module && *module == NULL ? module_load(config, module, failure) : NULL;
}
