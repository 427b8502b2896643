/*
 * descriptors: see descriptors.h.
 */
#include "common/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2) /* Linux 5.11; libc may have no name for it */
#endif

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

static void mark(int fd)
{
    if (fd > STDERR_FILENO)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* The limit may be a thousand million descriptors: it counts only where there is no /proc. */
void descriptors_mark_all(void)
{
    const struct dirent *entry;
    DIR *directory;

    if (syscall(SYS_close_range, STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    directory = opendir("/proc/self/fd");
    if (directory == NULL) {
        for (int fd = 0, end = (int)sysconf(_SC_OPEN_MAX); fd < end; fd++)
            mark(fd);
        return;
    }
    while ((entry = readdir(directory)) != NULL)
        mark((int)strtol(entry->d_name, NULL, 10));
    closedir(directory);
}
