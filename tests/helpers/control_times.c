/*
 * control_times SOCKET MS: ask the control socket for its status, again and again for MS
 * milliseconds, each time by a new connection, and print `COUNT answers, p99 N ms, max N ms`. It
 * goes on for up to ten times as long where there are fewer than 200 answers, of which one pause of
 * the machine's would be more than 1 %, and ends with 1 where an answer takes 10 s.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/io.h"
#include "tests/helpers/master.h"

enum { TIMES_MIN = 200, TIMES_MAX = 100000 };

#define LIMIT_NS (10 * NS_PER_S)

static int64_t times_ns[TIMES_MAX];

/* Read until the line `end`, or the end of file. */
static void read_reply(int fd)
{
    int64_t deadline_ns = clock_now_ns() + LIMIT_NS;
    static char bytes[65536];
    size_t length = 0;

    while (length < 4 || memcmp(bytes + length - 4, "end\n", 4) != 0) {
        ssize_t got;

        if (length == sizeof(bytes))
            length = 0;
        if (io_wait(fd, POLLIN, deadline_ns) < 0 ||
            (got = read(fd, bytes + length, sizeof(bytes) - length)) <= 0)
            die(STATUS_OK + 1, "no answer");
        length += (size_t)got;
    }
}

static int64_t ask(const struct endpoint *control)
{
    static const char command[] = "status\n";
    int64_t began_ns = clock_now_ns();
    int fd = endpoint_connect(control, LIMIT_NS);

    if (fd < 0 || write(fd, command, strlen(command)) < 0)
        die(STATUS_OK + 1, "cannot ask");
    read_reply(fd);
    close(fd);
    return clock_now_ns() - began_ns;
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
    int64_t began_ns, took_ns, limit_ns;
    size_t count = 0;
    struct endpoint control;

    log_init("control_times");
    if (argc != 3)
        diex(STATUS_USAGE, "control_times SOCKET MS");
    control = master_endpoint(argv[1]);
    limit_ns = atoi(argv[2]) * NS_PER_MS;
    began_ns = clock_now_ns();
    do {
        times_ns[count++] = ask(&control);
        took_ns = clock_now_ns() - began_ns;
    } while (count < TIMES_MAX &&
             (took_ns < limit_ns || (count < TIMES_MIN && took_ns < 10 * limit_ns)));
    qsort(times_ns, count, sizeof(times_ns[0]), compare);
    printf("%zu answers, p99 %lld ms, max %lld ms\n", count,
           (long long)(times_ns[count * 99 / 100] / NS_PER_MS),
           (long long)(times_ns[count - 1] / NS_PER_MS));
    return 0;
}
