/*
 * module: a service that is a shared object, which the key `module` names.
 *
 * It is loaded in workers alone, and in the child that looks at it beforehand: never in the master.
 */
#ifndef PREFORKD_SERVER_SERVICE_MODULE_MODULE_H
#define PREFORKD_SERVER_SERVICE_MODULE_MODULE_H

#include <stdbool.h>

#include "common/failure.h"
#include "server/service/service.h"

/* Load the module of CONFIG into this process, for good, and set *SERVICE to it. Its constructors
 * run. All of its symbols are bound at once: the sandbox, which comes later, lets no memory be
 * executed that was not before. */
MAY_FAIL module_load(const struct pool_config *config, const struct preforkd_service **service,
                     struct failure *failure);

/* Start SERVICE, the module of CONFIG, with these OPERATIONS. */
MAY_FAIL module_start(const struct pool_config *config, const struct preforkd_service *service,
                      const struct preforkd_operations *operations, struct failure *failure);

#endif
