/*
 * channel: see channel.h.
 *
 * What a flood of lines costs is the reading, even if nothing is written of it. So a channel that
 * has used up its allowance is left alone until the next second, unless lines of connections may
 * come; meanwhile the pipe is full, and each worker counts what it cannot write.
 */
#include "server/log/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/log/batch.h"
#include "server/log/connection_record.h"
#include "server/log/record.h"

enum { PIPE_SIZE = 1 << 19, READ_SIZE = 4 * PIPE_BUF };

enum { LINES_PER_SECOND = 100, LINES_AT_ONCE = 1000 };

/* While lines come the pipe is read every few milliseconds and is no event: a wakeup for each line
 * costs more than writing it. */
#define INTERVAL_NS (5 * NS_PER_MS)

int log_channel_open(struct log_channel *channel, const struct log_source *source)
{
    int ends[2];

    *channel = (struct log_channel){
        .source = *source, .read_fd = -1, .write_fd = -1, .allowance = LINES_AT_ONCE};
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE); /* for bursts; a smaller pipe works as well */
    channel->read_fd = ends[0];
    channel->write_fd = ends[1];
    return 0;
}

/* Compose the LINE of what is no record of a worker of the pool: what a worker printed itself, or
 * made up. It is a line of the master, so that none is attributed to a process that did not write
 * it. */
static void compose_foreign(const struct log_channel *channel, const char *time, const char *bytes,
                            size_t length, struct log_text *line)
{
    const struct log_origin origin = {.time = time, .pid = getpid(), .level = LOG_NOTICE};
    struct log_text message;

    log_text_begin(&message, 0);
    log_text_print(&message, "pool %s: a worker wrote: ", channel->source.pool);
    log_text_append(&message, bytes, length);
    log_compose(line, &origin, "", message.bytes, message.length);
}

/* Compose the LINE of a record. Returns false where it is of no kind. */
static bool compose_record(const struct log_channel *channel, const char *time,
                           const struct log_record *record, struct log_text *line)
{
    struct log_origin origin = {.time = time, .pid = record->pid, .level = LOG_INFO};
    struct connection_record connection;
    struct log_text message, fields;

    if (record->kind >= '0' + LOG_ERROR && record->kind <= '0' + LOG_DEBUG) {
        origin.level = (enum log_level)(record->kind - '0');
        log_compose(line, &origin, "", record->text, record->length);
        return true;
    }
    if (record->kind != CONNECTION_RECORD_KIND ||
        !connection_record_read(&connection, record->text, record->length))
        return false;
    connection_record_print(&connection, channel->source.pool, record->slot, &message, &fields);
    log_compose(line, &origin, fields.bytes, message.bytes, message.length);
    return true;
}

/* Returns whether the pool may have one more line. */
static bool spend(struct log_channel *channel)
{
    if (channel->allowance == 0)
        return false;
    channel->allowance--;
    return true;
}

/* Lines of log_connections are limited by the connections; all others spend the allowance. */
static void relay_line(struct log_channel *channel, struct log_sink *sink, struct log_batch *batch,
                       const char *bytes, size_t length)
{
    const struct log_source *source = &channel->source;
    struct log_record record;
    struct log_text line;
    bool is_record = log_record_read(&record, bytes, length) &&
                     source->has_worker(source->context, record.slot, record.pid) &&
                     compose_record(channel, batch->time, &record, &line);
    bool is_free = is_record && record.kind == CONNECTION_RECORD_KIND && source->logs_connections;

    if (!is_free && !spend(channel)) {
        log_sink_note_dropped(sink, 1);
        return;
    }
    if (!is_record)
        compose_foreign(channel, batch->time, bytes, length, &line);
    log_batch_add(batch, &line);
}

/* Relay the complete lines of LENGTH BYTES and keep the rest; split a line that is longer than
 * PIPE_BUF. */
static void relay_lines(struct log_channel *channel, struct log_sink *sink, const char *bytes,
                        size_t length)
{
    const char *line = bytes, *end = bytes + length;
    struct log_batch batch;

    log_batch_begin(&batch, sink->batch_size);
    for (;;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline != NULL ? newline : end;

        if (newline == NULL && end - line < PIPE_BUF)
            break;
        if (stop - line > PIPE_BUF)
            stop = line + PIPE_BUF;
        relay_line(channel, sink, &batch, line, (size_t)(stop - line));
        line = stop + (stop == newline);
    }
    log_batch_end(&batch);
    channel->length = (size_t)(end - line);
    memcpy(channel->rest, line, channel->length);
}

/* Returns the number of bytes read, 0 if there were none. */
static size_t read_once(struct log_channel *channel, struct log_sink *sink)
{
    char bytes[PIPE_BUF + READ_SIZE];
    ssize_t got = read(channel->read_fd, bytes + channel->length, READ_SIZE);

    if (got <= 0)
        return 0;
    memcpy(bytes, channel->rest, channel->length);
    relay_lines(channel, sink, bytes, channel->length + (size_t)got);
    return (size_t)got;
}

/* Let the allowance grow with each second that has passed. */
static void refill(struct log_channel *channel, int64_t now_ns)
{
    int64_t seconds = (now_ns - channel->filled_ns) / NS_PER_S;
    int64_t room = (LINES_AT_ONCE - (int64_t)channel->allowance) / LINES_PER_SECOND;

    if (seconds <= 0)
        return;
    channel->allowance += (unsigned int)(seconds < room ? seconds : room) * LINES_PER_SECOND;
    channel->filled_ns = seconds > room ? now_ns : channel->filled_ns + seconds * NS_PER_S;
}

/* Log once that the pool has used up its allowance, until it has some to spare again. */
static void note_muted(struct log_channel *channel, struct log_sink *sink)
{
    bool is_muted = channel->allowance == 0;

    sink->is_uncertain |= is_muted;
    if (is_muted && !channel->is_muted)
        log_line(LOG_WARNING, "pool %s: its workers log too much: %d lines a second are kept",
                 channel->source.pool, (int)LINES_PER_SECOND);
    if (is_muted || channel->allowance > LINES_PER_SECOND)
        channel->is_muted = is_muted;
}

int64_t log_channel_read(struct log_channel *channel, struct log_sink *sink, int64_t now_ns)
{
    size_t got;

    refill(channel, now_ns);
    got = read_once(channel, sink);
    note_muted(channel, sink);
    if (channel->allowance == 0 && !channel->source.logs_connections)
        return channel->filled_ns + NS_PER_S;
    return got == 0 ? NEVER_NS : got >= PIPE_BUF ? now_ns : now_ns + INTERVAL_NS;
}

void log_channel_drain(struct log_channel *channel, struct log_sink *sink, int64_t now_ns)
{
    refill(channel, now_ns);
    for (size_t total = 0, got = 1; total <= PIPE_SIZE && got > 0; total += got)
        got = read_once(channel, sink);
}

void log_channel_close(struct log_channel *channel)
{
    if (channel->read_fd < 0)
        return;
    close(channel->read_fd);
    close(channel->write_fd);
    channel->read_fd = channel->write_fd = -1;
}
