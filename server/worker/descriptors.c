/*
 * descriptors: see descriptors.h.
 */
#include "server/worker/descriptors.h"

#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Close the descriptors from FIRST to LAST. By syscall(2), as musl has no wrapper; the loop is for
 * kernels before Linux 5.9. */
static void close_between(unsigned int first, unsigned int last)
{
    unsigned int end;

    if (syscall(SYS_close_range, first, last, 0) == 0)
        return;
    end = (unsigned int)sysconf(_SC_OPEN_MAX);
    for (unsigned int fd = first; fd <= last && fd < end; fd++)
        close((int)fd);
}

/* Return the lowest of the COUNT descriptors in KEPT that is not below FROM, or UINT_MAX. */
static unsigned int next_kept(const int *kept, size_t count, unsigned int from)
{
    unsigned int next = UINT_MAX;

    for (size_t i = 0; i < count; i++) {
        unsigned int fd = (unsigned int)kept[i];

        if (fd >= from && fd < next)
            next = fd;
    }
    return next;
}

void descriptors_close_others(const int *kept, size_t count)
{
    unsigned int first = STDERR_FILENO + 1, next;

    while ((next = next_kept(kept, count, first)) != UINT_MAX) {
        if (first < next)
            close_between(first, next - 1);
        first = next + 1;
    }
    close_between(first, UINT_MAX);
}
