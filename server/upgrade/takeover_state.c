/*
 * takeover_state: see takeover_state.h.
 */
#include "server/upgrade/takeover_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "server/master/master.h"
#include "server/upgrade/handover.h"

/* Where the lines of the hand-over file go. */
struct reader {
    struct takeover *takeover;
    struct inherited *inherited;
    struct failure *failure;     /* of the first line that failed */
    const struct failed *failed; /* that one did */
    char pool[256];              /* that the next listener belongs to; empty: the control socket */
};

/* Add LISTENER to those that were inherited. After a failure it is freed. */
static MAY_FAIL keep_listener(struct reader *reader, struct listener *listener)
{
    const char *pool = reader->pool[0] == '\0' ? NULL : reader->pool;
    const struct failed *failed;
    int fd = listener->fd;

    listener->shared = true;
    if (inherited_has(reader->inherited, listener)) {
        listener->fd = listener->file.lock_fd = -1; /* they are closed with the first one */
        listener_drop(listener);
        return fail(reader->failure, STATUS_SYSTEM, "the predecessor names descriptor %d twice",
                    fd);
    }
    if (listener->name == NULL && listener->handed_in && pool != NULL)
        listener->name = strdup(pool); /* an earlier version does not say it */
    if (inherited_add(reader->inherited, pool, listener) == 0)
        return NULL;
    failed = fail(reader->failure, STATUS_SYSTEM, "cannot keep a listener: %s", strerror(errno));
    listener_drop(listener);
    return failed;
}

static void read_listener(struct reader *reader, const char *line)
{
    struct listener *listener;

    reader->failed = handover_read_listener(line, &listener, reader->failure);
    if (reader->failed == NULL)
        reader->failed = keep_listener(reader, listener);
}

static void read_pid_file(struct reader *reader, const char *path)
{
    free(reader->takeover->pid_file);
    reader->takeover->pid_file = strdup(path);
    if (reader->takeover->pid_file != NULL)
        return;
    reader->failed = fail(reader->failure, STATUS_SYSTEM,
                          "cannot keep the predecessor's pid_file: %s", strerror(errno));
}

static void read_state(void *context, const char *line)
{
    struct reader *reader = context;

    if (reader->failed != NULL)
        return;
    sscanf(line, "generation %" SCNu64, &reader->takeover->generation);
    sscanf(line, "pool %255s", reader->pool);
    if (strcmp(line, "control") == 0)
        reader->pool[0] = '\0';
    if (strncmp(line, "pid_file ", 9) == 0)
        read_pid_file(reader, line + 9);
    if (strncmp(line, "listener ", 9) == 0)
        read_listener(reader, line);
}

MAY_FAIL takeover_state_read(struct takeover *takeover, struct inherited *inherited,
                             struct failure *failure)
{
    struct reader reader = {.takeover = takeover, .inherited = inherited, .failure = failure};

    if (handover_read(takeover->state_fd, &takeover->read, HANDOVER_SIZE, read_state, &reader) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot read what the predecessor has: %s",
                    strerror(errno));
    return reader.failed;
}

static void write_taken(const void *context, FILE *out)
{
    const struct master *master = context;
    const struct inherited *inherited = master->inherited;

    fprintf(out, "stop_timeout %" PRId64 "\n", master->config->stop_timeout_ns);
    for (size_t i = 0; i < inherited->count; i++) {
        if (inherited->items[i].listener->users > 1)
            fprintf(out, "taken %d\n", inherited->items[i].listener->fd);
    }
}

int takeover_state_write_taken(const struct takeover *takeover)
{
    return handover_write(takeover->state_fd, write_taken, takeover->master);
}

/* The pool that the next lines of totals belong to. */
struct totals_reader {
    const struct master *master;
    struct pool *pool; /* NULL: there is no pool of that name any more */
};

static void read_total(void *context, const char *line)
{
    struct totals_reader *reader = context;

    if (strncmp(line, "pool ", 5) == 0)
        reader->pool = master_find_pool(reader->master, line + 5);
    else if (reader->pool != NULL)
        totals_read(&reader->pool->totals, line);
}

void takeover_state_read_totals(struct takeover *takeover)
{
    struct totals_reader reader = {.master = takeover->master};

    /* Where the predecessor ended at once, what it counted last was read with what came before. */
    if (!handover_is_read(takeover->state_fd, takeover->read) &&
        handover_read(takeover->state_fd, &takeover->read, HANDOVER_SIZE, read_total, &reader) < 0)
        warn("cannot read what process %d counted", (int)takeover->predecessor);
}
