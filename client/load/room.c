/*
 * room: see room.h.
 */
#include "client/load/room.h"

#include <sys/resource.h>

#include "common/log.h"

enum { OWN_DESCRIPTORS = 16 };

/* Make room for all connections at once. Each process has its share; the limit is inherited. */
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

enum status load_room_check(const struct load_plan *plan, const struct pool_config *pool)
{
    (void)pool;
    return raise_descriptor_limit(plan);
}
