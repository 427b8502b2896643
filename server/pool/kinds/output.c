/*
 * output: see output.h.
 */
#include "server/pool/kinds/output.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"

#define INTERVAL_NS (5 * NS_PER_MS)

enum { READS_AT_ONCE = 8, LINES_AT_ONCE = 1000, LINES_PER_SECOND = 100 };

static void unwatch(struct output *output)
{
    if (output->is_watched)
        event_loop_remove(output->loop, output->lines.read_fd);
    output->is_watched = false;
    output->due_ns = NEVER_NS;
}

/* Let the allowance grow with each second that has passed. */
static void refill(struct output *output, int64_t now_ns)
{
    int64_t seconds = (now_ns - output->filled_ns) / NS_PER_S;
    int64_t lines = output->lines.allowance + seconds * LINES_PER_SECOND;

    if (seconds <= 0)
        return;
    output->lines.allowance = (unsigned int)(lines < LINES_AT_ONCE ? lines : LINES_AT_ONCE);
    output->filled_ns += seconds * NS_PER_S;
}

/* Count the lines that were dropped, and log once that there are such, until there is some
 * allowance again. */
static void note_dropped(struct output *output)
{
    bool is_muted = output->lines.allowance == 0;

    if (output->lines.dropped > 0)
        log_sink_note_dropped(output->sink, output->lines.dropped);
    output->lines.dropped = 0;
    if (is_muted && !output->is_muted)
        log_line(LOG_WARNING, "program %d (pool %s) logs too much: %d lines a second are kept",
                 (int)output->pid, output->lines.pool, (int)LINES_PER_SECOND);
    if (is_muted || output->lines.allowance > LINES_PER_SECOND)
        output->is_muted = is_muted;
}

/* Read some. After that the loop is not asked for a while: a wakeup for each line would cost more
 * than the line. At the end of file nothing more can come. */
static void read_some(struct output *output, int64_t now_ns)
{
    ssize_t got = 1;
    int reads = 0;

    refill(output, now_ns);
    for (; got > 0 && reads < READS_AT_ONCE; reads++)
        got = error_lines_relay(&output->lines, output->pid);
    note_dropped(output);
    if (got == 0 || (got < 0 && errno != EAGAIN)) {
        unwatch(output);
        return;
    }
    output->due_ns = got < 0 && reads == 1 ? NEVER_NS : now_ns + INTERVAL_NS;
    if (event_loop_change(output->loop, output->lines.read_fd,
                          output->due_ns == NEVER_NS ? EPOLLIN : 0) < 0)
        warn("cannot watch what program %d writes", (int)output->pid);
}

static void on_output(void *context, uint32_t events)
{
    (void)events;
    read_some(context, clock_coarse_ns());
}

int output_open(struct output *output, struct event_loop *loop, struct log_sink *sink,
                const char *pool)
{
    *output = (struct output){
        .loop = loop, .sink = sink, .due_ns = NEVER_NS, .filled_ns = clock_coarse_ns()};
    if (error_lines_open(&output->lines, pool) < 0)
        return -1;
    output->lines.allowance = LINES_AT_ONCE;
    if (event_loop_add(loop, output->lines.read_fd, EPOLLIN, on_output, output) < 0) {
        error_lines_close(&output->lines);
        return -1;
    }
    output->is_watched = true;
    return 0;
}

void output_begin(struct output *output, pid_t pid)
{
    output->pid = pid;
    close(output->lines.write_fd);
    output->lines.write_fd = -1;
}

int64_t output_continue(struct output *output, int64_t now_ns)
{
    if (now_ns >= output->due_ns)
        read_some(output, now_ns);
    return output->due_ns;
}

void output_close(struct output *output)
{
    unwatch(output);
    if (output->pid != 0)
        error_lines_finish(&output->lines, output->pid);
    note_dropped(output);
    error_lines_close(&output->lines);
}
