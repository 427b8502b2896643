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

/* Open the file of CONFIG's module to be loaded later, without reading it, nor waiting for a file
 * server: the path has to have been walked just now. Returns a descriptor, or -1 and why in
 * *REASON. */
int module_open(const struct pool_config *config, const char **reason);

/* Load the module of CONFIG into this process, for good, and set *SERVICE to it. Its constructors
 * run. All of its symbols are bound at once: the sandbox, which comes later, lets no memory be
 * executed that was not before.
 *
 * FD is that of module_open(), which is closed: its file is loaded, whatever is at the path by now.
 * Only where that cannot be done is it the file at the path, which is logged. -1: the file at the
 * path. */
MAY_FAIL module_load(const struct pool_config *config, int fd,
                     const struct preforkd_service **service, struct failure *failure);

/* Start SERVICE, the module of CONFIG, with these OPERATIONS. */
MAY_FAIL module_start(const struct pool_config *config, const struct preforkd_service *service,
                      const struct preforkd_operations *operations, struct failure *failure);

#endif
