/*
 * figures: see figures.h.
 */
#include "client/web/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/control/why/why.h"
#include "common/json_writer.h"

static const char *const standing_names[STANDINGS] = {
    [STANDING_WELL] = "well",
    [STANDING_TROUBLED] = "troubled",
    [STANDING_FULL] = "full",
    [STANDING_DOWN] = "down",
};

/* The figures that the page shows as they are, by their names in pool_stats.h. */
static const char *const shown[] = {
    "busy",
    "idle",
    "starting",
    "leaving",
    "workers",
    "min",
    "max",
    "queue",
    "queue_limit",
    "queue_peak",
    "accepted",
    "requests",
    "accepted_1s",
    "crashes",
    "timeouts",
    "retiring",
    "retiring_oldest_ns",
};

static void add_number(struct json_writer *json, const char *name, int64_t value)
{
    if (value < 0)
        json_add_null(json, name);
    else
        json_add_integer(json, name, value);
}

/* Add the sentences of POOL as an array. */
static void add_why(struct json_writer *json, const struct snapshot *snapshot,
                    const struct snapshot_pool *pool)
{
    char *text = NULL, *rest;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    json_begin_array(json, "why");
    if (out != NULL) {
        why_print_pool(snapshot, pool, out);
        rest = fclose(out) == 0 ? text : NULL;
        for (const char *line; (line = strsep(&rest, "\n")) != NULL;) {
            if (*line != '\0')
                json_add_string(json, NULL, line);
        }
    }
    json_end_array(json);
    free(text);
}

/* Set COUNTS to the connections of POOL that were closed since EARLIER. Where there are fewer than
 * then, its counts have begun anew. */
static void count_since(const struct snapshot_pool *pool, const struct snapshot_pool *earlier,
                        uint64_t counts[DURATION_BUCKETS])
{
    for (size_t i = 0; i < DURATION_BUCKETS; i++) {
        uint64_t before = earlier == NULL ? pool->took[i] : earlier->took[i];

        counts[i] = pool->took[i] < before ? 0 : pool->took[i] - before;
    }
}

static void add_latency(struct json_writer *json, const struct snapshot_pool *pool,
                        const struct snapshot_pool *earlier)
{
    uint64_t counts[DURATION_BUCKETS];

    count_since(pool, earlier, counts);
    add_number(json, "p50_ns", duration_percentile_ns(counts, 500000));
    add_number(json, "p99_ns", duration_percentile_ns(counts, 990000));
}

char *figures_of(const struct snapshot *snapshot, const struct snapshot_pool *pool,
                 const struct snapshot_pool *earlier)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct json_writer json = {.out = out};

    if (out == NULL)
        return NULL;
    json_begin_object(&json, NULL);
    json_add_string(&json, "name", pool->name);
    json_add_string(&json, "state", pool->state);
    json_add_string(&json, "standing", standing_names[why_judge(snapshot, pool)]);
    add_why(&json, snapshot, pool);
    json_add_string(&json, "endpoint", pool->endpoint);
    json_add_string(&json, "noun", pool->noun);
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        add_number(&json, shown[i], pool_stat_get(pool_stat_find(shown[i]), &pool->stats));
    add_latency(&json, pool, earlier);
    json_add_string(&json, "board", pool->board);
    json_end_object(&json);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
