/*
 * resources: see resources.h. Each is the soft and the hard limit, and below those of the pool.
 */
#include "server/worker/sandbox/resources.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/worker/sandbox/sanitizer.h"

/* A connection gets the lowest number that is free. What is open above that stays so. Standard
 * error is always open; a signal that retires the worker closes its listener at any moment. */
static int limit_descriptors(void)
{
    int lowest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    rlim_t count = (rlim_t)lowest + 1;

    if (lowest < 0)
        return -1;
    close(lowest);
    return setrlimit(RLIMIT_NOFILE, &(struct rlimit){count, count});
}

int resources_give_up(void)
{
    static const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) < 0 || setrlimit(RLIMIT_NPROC, &none) < 0)
        return -1;
    return HAS_SANITIZER ? 0 : limit_descriptors();
}
