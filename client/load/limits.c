/*
 * limits: see limits.h.
 */
#include "client/load/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#include "common/log.h"

enum { OWN_DESCRIPTORS = 16 }; /* for all but the connections */

/* Allow one process all connections, though each has only its share; the children inherit the
 * limit. */
static enum status raise_descriptor_limit(const struct load_plan *plan)
{
    rlim_t needed = plan->connections + OWN_DESCRIPTORS;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        die(STATUS_SYSTEM, "cannot read the descriptor limit");
    if (limit.rlim_cur >= needed)
        return STATUS_OK;
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max >= needed && setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return STATUS_OK;
    warnx("%zu connections need %llu descriptors and the hard limit is %llu: raise it (ulimit -Hn) "
          "or lower --connections",
          plan->connections, (unsigned long long)needed, (unsigned long long)limit.rlim_max);
    return STATUS_SYSTEM;
}

/* Warn if there are fewer local ports than connections: ip(7), also for IPv6. */
static void compare_to_ports(const struct load_plan *plan)
{
    static const char path[] = "/proc/sys/net/ipv4/ip_local_port_range";
    FILE *file = endpoint_is_unix(&plan->endpoint) ? NULL : fopen(path, "re");
    unsigned first, last;

    if (file == NULL)
        return; /* without /proc a lack of ports shows when they connect */
    if (fscanf(file, "%u %u", &first, &last) == 2 && last >= first &&
        plan->connections > last - first + 1)
        warnx("%zu connections, and %s has %u ports for them", plan->connections, path,
              last - first + 1);
    fclose(file);
}

/* Warn if POOL has room for fewer connections. Not for an open loop that opens connections as
 * needed: the default of 1000 is a bound that it hardly ever reaches. */
static void compare_to_pool(const struct load_plan *plan, const struct pool_config *pool)
{
    int64_t room;

    if (pool == NULL || pool->type != SOCK_STREAM || plan->as_needed)
        return;
    room = pool->workers.max + pool->backlog;
    if ((int64_t)plan->connections > room)
        warnx("%zu connections, and pool '%s' has room for %" PRId64 " at once: workers = %" PRId64
              ", backlog = %" PRId64,
              plan->connections, pool->name, room, pool->workers.max, pool->backlog);
}

enum status load_limits_check(const struct load_plan *plan, const struct pool_config *pool)
{
    compare_to_ports(plan);
    compare_to_pool(plan, pool);
    return raise_descriptor_limit(plan);
}
