/*
 * Fuzz target: any bytes as what a master sends to preforkctl, which receives them, reads them as a
 * snapshot, and prints that as JSON. What is accepted is what stands between `ok` and `end`; what
 * is printed is JSON, and has the same numbers.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "client/control/json.h"
#include "client/control/session.h"
#include "client/load/report/json_read.h"
#include "common/clock.h"
#include "common/endpoint.h"
#include "tests/fuzz/fuzz.h"

static int master_fd; /* the end of a connection that has the whole reply in it */

/* In place of the one in common/endpoint_socket.c: the master has answered already. */
int endpoint_connect(const struct endpoint *endpoint, int64_t timeout_ns)
{
    (void)endpoint;
    (void)timeout_ns;
    return master_fd;
}

/* Returns the status with which preforkctl takes SIZE BYTES, and the *REPLY. */
static enum status ask(const uint8_t *bytes, size_t size, char **reply)
{
    enum status status;
    int fds[2];

    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0, "there are sockets");
    must(send(fds[1], bytes, size, MSG_DONTWAIT) == (ssize_t)size, "a socket has room");
    shutdown(fds[1], SHUT_WR);
    master_fd = fds[0];
    status = session_ask("/run/control", "status", 10 * NS_PER_S, 10 * NS_PER_S, reply);
    close(fds[1]);
    return status;
}

/* The REPLY is what SIZE BYTES have between their first line and their last one. */
static void check_reply(const char *reply, const uint8_t *bytes, size_t size)
{
    const size_t begin = strlen("ok\n"), end = strlen("end\n");

    must(size >= begin + end && strlen(reply) == size - begin - end, "all of it");
    must(memcmp(bytes, "ok\n", begin) == 0 && memcmp(bytes + size - end, "end\n", end) == 0,
         "a reply is whole");
    must(memcmp(bytes + begin, reply, strlen(reply)) == 0, "as it was sent");
    must(reply[0] == '\0' || reply[strlen(reply) - 1] == '\n', "whole lines");
}

static char *print(const struct snapshot *snapshot,
                   void (*json_print)(const struct snapshot *snapshot, FILE *out))
{
    char *text = NULL;
    size_t size, offset;
    FILE *out = open_memstream(&text, &size);

    must(out != NULL, "there is memory");
    json_print(snapshot, out);
    fclose(out);
    must(strlen(text) == size && json_check(text, &offset) == NULL, "what is printed is JSON");
    return text;
}

static void check_number(const char *json, const char *name, int64_t value)
{
    double printed;
    enum json_found found = json_find(json, name, &printed);

    must(found == (value < 0 ? JSON_NULL : JSON_NUMBER), "a number, or null for an unknown one");
    must(value < 0 || printed == (double)value, "the same number");
}

/* A line of an input sets its own figure and no other: says() is whether there is one of NAME. */
static bool says(const uint8_t *bytes, size_t size, const char *name)
{
    return memmem(bytes, size, name, strlen(name)) != NULL;
}

static void check_pool(const struct snapshot_pool *pool, bool says_took, bool says_exec)
{
    int64_t half = duration_percentile_ns(pool->took, 500000);
    int64_t most = duration_percentile_ns(pool->took, 990000);

    must(pool->name != NULL && pool->endpoint != NULL && pool->state != NULL && pool->board != NULL,
         "a pool has its texts");
    must((half < 0) == (most < 0) && half <= most, "the percentiles are in order");
    for (size_t i = 0; i < DURATION_BUCKETS; i++) {
        must(pool->took[i] <= INT64_MAX && pool->exec[i] <= INT64_MAX, "no count is negative");
        must(says_took || pool->took[i] == 0, "no duration that was not said");
        must(says_exec || pool->exec[i] == 0, "no duration that was not said");
    }
    for (size_t i = 0; i < pool->worker_count; i++)
        must(pool->workers[i].state < WORKER_STATES, "a state that has a name");
    for (size_t i = 0; i < pool->source_count; i++) {
        must(pool->sources[i].connections >= 0, "no count is negative");
        must(pool->sources[i].refused >= STAT_UNKNOWN, "but for one that is unknown");
        must(i == 0 || pool->sources[i - 1].connections >= pool->sources[i].connections,
             "the busiest source is first");
        for (size_t other = 0; other < i; other++)
            must(strcmp(pool->sources[i].name, pool->sources[other].name) != 0, "each source once");
    }
}

static void check_snapshot(const struct snapshot *snapshot, const uint8_t *bytes, size_t size)
{
    char *json = print(snapshot, json_print_status);

    check_number(json, "pid", snapshot->pid);
    check_number(json, "uptime_ns", snapshot->uptime_ns);
    free(json);
    free(print(snapshot, json_print_workers));
    free(print(snapshot, json_print_sources));
    for (size_t i = 0; i < snapshot->pool_count; i++) {
        check_pool(&snapshot->pools[i], says(bytes, size, "took "), says(bytes, size, "exec "));
        for (size_t other = 0; other < i; other++)
            must(strcmp(snapshot->pools[i].name, snapshot->pools[other].name) != 0,
                 "each pool once");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct snapshot snapshot;
    char *reply;
    enum status status = ask(bytes, size, &reply);

    must(reply != NULL, "a reply, or why there is none");
    must((int)status >= 0 && (int)status <= 255, "a status that a process can exit with");
    must(status == STATUS_OK || strchr(reply, '\n') == NULL, "one line says why");
    if (status == STATUS_OK)
        check_reply(reply, bytes, size);
    if (status == STATUS_OK && snapshot_read(reply, &snapshot) == 0) {
        check_snapshot(&snapshot, bytes, size);
        snapshot_free(&snapshot);
    }
    free(reply);
    return 0;
}
