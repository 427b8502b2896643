/*
 * Unit tests of server/log/channel: what a worker writes is attributed to it or to the master, and
 * costs no more lines than the pool's rate.
 */
#include "server/log/channel.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/log/connection_record.h"
#include "tests/unit/tap.h"

enum { SLOT = 3, WORKER = 4711 };

static struct log_sink sink;
static char path[] = "/tmp/log_channel.XXXXXX";

static bool has_worker(const void *context, size_t slot, pid_t pid)
{
    (void)context;
    return slot == SLOT && pid == WORKER;
}

static struct log_channel open_channel(bool logs_connections)
{
    const struct log_source source = {
        .pool = "main", .logs_connections = logs_connections, .has_worker = has_worker};
    struct log_channel channel;

    if (log_channel_open(&channel, &source) < 0)
        abort();
    return channel;
}

/* Return what the log has got of the LENGTH BYTES that a worker wrote, behind its time. */
static const char *logged(enum log_format format, const char *bytes, size_t length)
{
    static char text[8 * PIPE_BUF];
    struct log_channel channel = open_channel(false);
    int64_t now_ns = clock_coarse_ns();
    ssize_t got;

    sink.format = format;
    log_sink_change(&sink, sink.fd, path, LOG_NOTICE, format);
    if (ftruncate(sink.fd, 0) < 0 || write(channel.write_fd, bytes, length) != (ssize_t)length)
        abort();
    log_channel_read(&channel, &sink, now_ns);
    log_channel_close(&channel);
    got = pread(sink.fd, text, sizeof(text) - 1, 0);
    text[got < 0 ? 0 : got] = '\0';
    return text;
}

/* Check that the log's line of RECORD ends with END. */
static void is_logged(enum log_format format, const char *record, const char *end,
                      const char *title)
{
    const char *text = logged(format, record, strlen(record));
    size_t length = strlen(text), end_length = strlen(end);

    is_text(length > end_length ? text + length - end_length : text, end, "%s", title);
}

static void test_records(void)
{
    char own[64], end[256];

    is_logged(LOG_TEXT,
              "\x01"
              "13 4711\x1fhello\n",
              "Z preforkd[4711]: hello\n", "a worker's line");
    is_logged(LOG_JSON,
              "\x01"
              "13 4711\x1fsay \"\x02\"\n",
              "\"pid\":4711,\"level\":\"warning\",\"message\":\"say \\u0022\\u0002\\u0022\"}\n",
              "as JSON, with its level");
    is_logged(LOG_JSON,
              "\x01"
              "C3 4711\x1f"
              "1 5 6 1500000000 unix:x\n",
              "pool main, slot 3, unix:x, 5 bytes in, 6 out, 1.500000 s, cut\",\"event\":"
              "\"connection\",\"pool\":\"main\",\"slot\":3,\"peer\":\"unix:x\",\"bytes_in\":5,"
              "\"bytes_out\":6,\"duration_ns\":1500000000,\"outcome\":\"cut\"}\n",
              "a connection");
    snprintf(own, sizeof(own), "preforkd[%d]: pool main: a worker wrote: ", (int)getpid());
    snprintf(end, sizeof(end), "%spreforkd[1]: stopped: pool main\n", own);
    is_logged(LOG_TEXT, "preforkd[1]: stopped: pool main\n", end, "a forged line is the master's");
    snprintf(end, sizeof(end), "%s?13 4712?hello\n", own);
    is_logged(LOG_TEXT,
              "\x01"
              "13 4712\x1fhello\n",
              end, "so is one with another pid");
    snprintf(end, sizeof(end), "%s?C3 4711?9 5 6 7 unix:x\n", own);
    is_logged(LOG_TEXT,
              "\x01"
              "C3 4711\x1f"
              "9 5 6 7 unix:x\n",
              end, "an outcome that there is not");
    snprintf(end, sizeof(end), "%s?13 99999999999999999999?hello\n", own);
    is_logged(LOG_TEXT,
              "\x01"
              "13 99999999999999999999\x1fhello\n",
              end, "a number that is too large");
    is_logged(LOG_JSON, "\x01{not json}\n", "main: a worker wrote: \\u0001{not json}\"}\n",
              "a forged object is text");
}

/* Write LINES short ones, or as many as the pipe takes. */
static void flood(const struct log_channel *channel, int lines)
{
    while (lines-- > 0 && write(channel->write_fd, "x\n", 2) == 2)
        ;
}

static int count_lines(void)
{
    static char text[1 << 20];
    ssize_t got = pread(sink.fd, text, sizeof(text), 0);
    int lines = 0;

    for (ssize_t i = 0; i < got; i++)
        lines += text[i] == '\n';
    return lines;
}

/* Read as the relay does, until the channel wants to wait. Returns until when. */
static int64_t read_all(struct log_channel *channel, int64_t now_ns)
{
    int64_t due_ns;

    do
        due_ns = log_channel_read(channel, &sink, now_ns);
    while (due_ns <= now_ns);
    return due_ns;
}

static void test_rate(void)
{
    struct log_channel channel = open_channel(false);
    int64_t now_ns = clock_coarse_ns();
    int before;

    log_sink_change(&sink, sink.fd, path, LOG_NOTICE, LOG_TEXT);
    if (ftruncate(sink.fd, 0) < 0)
        abort();
    flood(&channel, 5000);
    ok(read_all(&channel, now_ns) > now_ns + NS_PER_S / 2, "a flood is left unread for a second");
    before = count_lines();
    is_number(before, 1001, "a burst of 1,000 lines is kept, and one line reports it");
    flood(&channel, 5000);
    ok(read_all(&channel, now_ns + NS_PER_S) == now_ns + 2 * NS_PER_S, "so is it in the next one");
    is_number(count_lines() - before, 100,
              "100 lines a second are kept, and nothing more reported");
    ok(sink.is_uncertain, "the number of lost lines is the least");
    read_all(&channel, now_ns + 30 * NS_PER_S);
    before = count_lines();
    flood(&channel, 500);
    read_all(&channel, now_ns + 60 * NS_PER_S);
    is_number(count_lines() - before, 500, "after a quiet time there is room for a burst again");
    log_channel_close(&channel);
}

static void test_connections(void)
{
    static const char record[] = "\x01"
                                 "C3 4711\x1f"
                                 "0 1 1 1000 unix:x\n";
    struct log_channel channel = open_channel(true);
    int64_t now_ns = clock_coarse_ns();
    int before;

    if (ftruncate(sink.fd, 0) < 0)
        abort();
    for (int i = 0; i < 5000; i++) {
        if (write(channel.write_fd, record, sizeof(record) - 1) < 0)
            abort();
    }
    ok(read_all(&channel, now_ns) != now_ns + NS_PER_S,
       "a pool that logs its connections is read on");
    read_all(&channel, now_ns);
    is_number(count_lines(), 5000, "and keeps the lines of all connections");
    flood(&channel, 5000);
    read_all(&channel, now_ns);
    before = count_lines();
    is_number(before, 5000 + 1001, "but of other lines no more than another pool");
    log_channel_close(&channel);
}

static void test_lengths(void)
{
    static char bytes[2 * PIPE_BUF];
    struct log_channel channel = open_channel(false);
    int64_t now_ns = clock_coarse_ns();

    if (ftruncate(sink.fd, 0) < 0)
        abort();
    memset(bytes, 'a', sizeof(bytes));
    bytes[sizeof(bytes) - 1] = '\n';
    if (write(channel.write_fd, bytes, sizeof(bytes)) != sizeof(bytes))
        abort();
    read_all(&channel, now_ns);
    is_number(count_lines(), 2, "a line that is too long is split");
    if (write(channel.write_fd,
              "\x01"
              "13 47",
              6) != 6 ||
        read_all(&channel, now_ns) < now_ns || write(channel.write_fd, "11\x1fone\n", 7) != 7)
        abort();
    read_all(&channel, now_ns);
    is_number(count_lines(), 3, "a line may come in pieces");
    log_channel_close(&channel);
}

int main(void)
{
    int fd = mkostemp(path, O_APPEND | O_CLOEXEC);

    log_init("preforkd");
    if (fd < 0)
        return 1;
    log_sink_open(&sink);
    log_sink_change(&sink, fd, path, LOG_NOTICE, LOG_TEXT);
    test_records();
    test_rate();
    test_connections();
    test_lengths();
    unlink(path);
    return tap_end();
}
