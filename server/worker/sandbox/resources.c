/*
 * resources: see resources.h. Each is the soft and the hard limit, and below those of the pool.
 */
#include "server/worker/sandbox/resources.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/worker/sandbox/sanitizer.h"

static int limit(int resource, rlim_t value)
{
    const struct rlimit both = {value, value};

    return setrlimit(resource, &both);
}

/* A connection gets the lowest number that is free. What is open above that stays so. */
static int limit_descriptors(int listener_fd)
{
    int lowest = fcntl(listener_fd, F_DUPFD_CLOEXEC, 0);

    if (lowest < 0)
        return -1;
    close(lowest);
    return limit(RLIMIT_NOFILE, (rlim_t)lowest + 1);
}

int resources_give_up(int listener_fd)
{
    if (limit(RLIMIT_CORE, 0) < 0 || limit(RLIMIT_NPROC, 0) < 0)
        return -1;
    return HAS_SANITIZER ? 0 : limit_descriptors(listener_fd);
}
