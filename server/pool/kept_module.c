/*
 * kept_module: see kept_module.h.
 */
#include "server/pool/kept_module.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "server/service/module/module.h"

/* Return the descriptor of the same module in another pool of POOL's configuration, which was tried
 * with that file; -1: there is none. */
static int find(const struct pool *pool)
{
    for (const struct pool *other = *pool->host->pools; other != NULL; other = other->next) {
        if (other->module_fd >= 0 && other->root == pool->root &&
            text_equal(other->config->module, pool->config->module))
            return other->module_fd;
    }
    return -1;
}

/* Return a descriptor of FD's file, or -1 and why in *REASON. */
static int duplicate(int fd, const char **reason)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    *reason = copy < 0 ? strerror(errno) : NULL;
    return copy;
}

void kept_module_open(struct pool *pool)
{
    const char *reason;
    int fd;

    if (!pool->config->runs_module)
        return;
    fd = find(pool);
    pool->module_fd = fd >= 0 ? duplicate(fd, &reason) : module_open(pool->config, &reason);
    if (pool->module_fd < 0)
        log_line(LOG_WARNING,
                 "pool %s: cannot keep the file of module '%.255s': %s; each worker loads what is "
                 "there then",
                 pool->config->name, pool->config->module, reason);
}
