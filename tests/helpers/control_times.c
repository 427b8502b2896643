/*
 * control_times SOCKET MS: ask the control socket for its status, again and again for MS
 * milliseconds, each time by a new connection, and print `COUNT answers, p99 N ms, max N ms`; then,
 * in parentheses, how much of the slowest the master, where it was the same one before, and this
 * process were ready to run and waited for a processor. As root this process goes before others,
 * as what it waits is no time of the master's. It goes on for up to ten times as long where there
 * are fewer than 200 answers, of which one pause of the machine's would be more than 1 %, and ends
 * with 1 where an answer takes 10 s.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/io.h"
#include "tests/helpers/master.h"

enum { TIMES_MIN = 200, TIMES_MAX = 100000 };

#define LIMIT_NS (10 * NS_PER_S)

/* Of one answer. */
struct times {
    int64_t took_ns;
    int64_t we_waited_ns, master_waited_ns; /* for a processor; -1: not known */
};

static struct times all[TIMES_MAX];
static pid_t master; /* that answered last; 0: none */

/* How long the process PID has waited for processors so far; -1: it has ended, or the
 * kernel does not count that. */
static int64_t waited_ns(pid_t pid)
{
    char path[64];
    long long waited = -1;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
    file = fopen(path, "re");
    if (file == NULL)
        return -1;
    if (fscanf(file, "%*d %lld", &waited) != 1)
        waited = -1;
    fclose(file);
    return waited;
}

/* How much of TOOK_NS was waited: what was waited before is counted when the wait ends. */
static int64_t waited_of(int64_t took_ns, int64_t before_ns, int64_t after_ns)
{
    if (before_ns < 0 || after_ns < 0)
        return -1;
    return after_ns - before_ns < took_ns ? after_ns - before_ns : took_ns;
}

/* The process that the reply in BYTES says is the master; 0 where it does not say. */
static pid_t find_master(const char *bytes)
{
    const char *line = strncmp(bytes, "pid ", 4) == 0 ? bytes : strstr(bytes, "\npid ");

    return line == NULL ? 0 : (pid_t)atoi(strstr(line, "pid ") + 4);
}

/* Read until the line `end`, or the end of file. Returns the pid of the master. */
static pid_t read_reply(int fd)
{
    int64_t deadline_ns = clock_now_ns() + LIMIT_NS;
    static char bytes[65536 + 1];
    size_t length = 0;
    pid_t said = 0;

    while (length < 4 || memcmp(bytes + length - 4, "end\n", 4) != 0) {
        ssize_t got;

        if (length == sizeof(bytes) - 1)
            length = 0;
        if (io_wait(fd, POLLIN, deadline_ns) < 0 ||
            (got = read(fd, bytes + length, sizeof(bytes) - 1 - length)) <= 0)
            die(STATUS_OK + 1, "no answer");
        length += (size_t)got;
        bytes[length] = '\0';
        if (said == 0)
            said = find_master(bytes);
    }
    return said;
}

static struct times ask(const struct endpoint *control)
{
    static const char command[] = "status\n";
    int64_t we_ns = waited_ns(getpid()), master_ns = waited_ns(master), began_ns = clock_now_ns();
    int fd = endpoint_connect(control, LIMIT_NS);
    struct times times;
    pid_t said;

    if (fd < 0 || write(fd, command, strlen(command)) < 0)
        die(STATUS_OK + 1, "cannot ask");
    said = read_reply(fd);
    close(fd);
    times.took_ns = clock_now_ns() - began_ns;
    times.we_waited_ns = waited_of(times.took_ns, we_ns, waited_ns(getpid()));
    times.master_waited_ns =
        said == master ? waited_of(times.took_ns, master_ns, waited_ns(master)) : -1;
    master = said;
    return times;
}

static int compare(const void *a, const void *b)
{
    int64_t left = ((const struct times *)a)->took_ns, right = ((const struct times *)b)->took_ns;

    return (left > right) - (left < right);
}

static void print_wait(const char *process, int64_t waited_ns)
{
    if (waited_ns < 0)
        printf("%s unknown", process);
    else
        printf("%s %lld ms", process, (long long)(waited_ns / NS_PER_MS));
}

static void print(size_t count)
{
    const struct times *slowest = &all[count - 1];

    printf("%zu answers, p99 %lld ms, max %lld ms (of it without a processor: ", count,
           (long long)(all[count * 99 / 100].took_ns / NS_PER_MS),
           (long long)(slowest->took_ns / NS_PER_MS));
    print_wait("the master", slowest->master_waited_ns);
    print_wait(", the asking process", slowest->we_waited_ns);
    puts(")");
}

int main(int argc, char **argv)
{
    int64_t began_ns, took_ns, limit_ns;
    size_t count = 0;
    struct endpoint control;

    log_init("control_times");
    setpriority(PRIO_PROCESS, 0, -10); /* fails where it is not root */
    if (argc != 3)
        diex(STATUS_USAGE, "control_times SOCKET MS");
    control = master_endpoint(argv[1]);
    limit_ns = atoi(argv[2]) * NS_PER_MS;
    began_ns = clock_now_ns();
    do {
        all[count++] = ask(&control);
        took_ns = clock_now_ns() - began_ns;
    } while (count < TIMES_MAX &&
             (took_ns < limit_ns || (count < TIMES_MIN && took_ns < 10 * limit_ns)));
    qsort(all, count, sizeof(all[0]), compare);
    print(count);
    return 0;
}
