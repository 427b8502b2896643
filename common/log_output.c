/*
 * log_output: see log_output.h.
 */
#include "common/log_output.h"

#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/syslog_socket.h"

static bool can_take(int fd)
{
    struct pollfd out = {.fd = fd, .events = POLLOUT};

    return poll(&out, 1, 0) == 1;
}

static uint64_t count_lines(const char *bytes, size_t length)
{
    uint64_t lines = 0;

    for (size_t i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    return lines;
}

/* End a line that a full disk has cut, so that the next one does not continue it. Returns whether
 * there is no such line any more. */
static bool end_torn_line(struct log_output *output)
{
    if (output->torn && write(output->fd, "\n", 1) == 1)
        output->torn = false;
    return !output->torn;
}

void log_output_write(struct log_output *output, const char *bytes, size_t length, uint64_t lines)
{
    ssize_t put = -1;

    if (output->is_syslog) {
        if (syslog_socket_send(output->fd, bytes, length - 1) < 0) /* without the newline */
            output->dropped += lines;
        return;
    }
    if ((!output->may_block || can_take(output->fd)) && end_torn_line(output))
        put = write(output->fd, bytes, length);
    if (put == (ssize_t)length)
        return;
    output->dropped += lines;
    if (put <= 0)
        return;
    output->dropped -= count_lines(bytes, (size_t)put);
    output->torn = bytes[put - 1] != '\n';
}
