/*
 * loading: a module is loaded with the rights of its pool, from the file system of the host.
 */
#ifndef PREFORKD_SERVER_WORKER_LOADING_H
#define PREFORKD_SERVER_WORKER_LOADING_H

#include <sys/types.h>

#include "common/config/config.h"
#include "common/failure.h"
#include "server/service/service.h"

/* Load the module of CONFIG's pool, by FD as module_load() has it, and set *MODULE to it, where the
 * pool has a root directory of its own, which this process is about to enter: neither the module
 * nor the libraries that it needs have to be there. Meanwhile the user is the pool's, but for what
 * chroot(2) takes, and the kernel kills this process when PARENT dies: a constructor may never
 * return. Exits where that is not the parent any more. */
MAY_FAIL loading_begin(const struct pool_config *config, int fd, pid_t parent,
                       const struct preforkd_service **module, struct failure *failure);

/* Load it now, with the rights of its pool, if the pool has one and *MODULE is NULL. */
MAY_FAIL loading_finish(const struct pool_config *config, int fd,
                        const struct preforkd_service **module, struct failure *failure);

#endif
