/*
 * io: see io.h.
 */
#include "common/io.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "common/clock.h"

int io_wait(int fd, short events, int64_t deadline_ns)
{
    struct pollfd wanted = {.fd = fd, .events = events};
    int ready;

    do {
        int timeout_ms = -1;

        if (deadline_ns != IO_NO_DEADLINE) {
            int64_t left_ms = (deadline_ns - clock_now_ns() + NS_PER_MS - 1) / NS_PER_MS;

            timeout_ms = left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
        }
        ready = poll(&wanted, 1, timeout_ms);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0)
        errno = ETIMEDOUT;
    return ready > 0 ? 0 : -1;
}

ssize_t io_read_full(int fd, void *bytes, size_t size, int64_t deadline_ns)
{
    size_t done = 0;

    while (done < size) {
        ssize_t got;

        if (io_wait(fd, POLLIN, deadline_ns) < 0)
            return -1;
        got = read(fd, (char *)bytes + done, size - done);
        if (got == 0)
            break;
        if (got > 0)
            done += (size_t)got;
        else if (errno != EINTR && errno != EAGAIN)
            return -1;
    }
    return (ssize_t)done;
}

int io_write_full(int fd, const void *bytes, size_t size, int64_t deadline_ns)
{
    size_t done = 0;

    while (done < size) {
        ssize_t put;

        if (io_wait(fd, POLLOUT, deadline_ns) < 0)
            return -1;
        put = write(fd, (const char *)bytes + done, size - done);
        if (put >= 0)
            done += (size_t)put;
        else if (errno != EINTR && errno != EAGAIN)
            return -1;
    }
    return 0;
}
