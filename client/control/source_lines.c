/*
 * source_lines: see source_lines.h. Any process may answer on a socket: no number is believed to be
 * small enough to be added to another.
 */
#include "client/control/source_lines.h"

#include <stdlib.h>
#include <string.h>

/* Return the number TEXT, or STAT_UNKNOWN. */
static int64_t read_count(const char *text)
{
    char *end;
    long long value = strtoll(text, &end, 10);

    return *text == '\0' || *end != '\0' || value < 0 ? STAT_UNKNOWN : value;
}

int source_lines_add(struct snapshot_pool *pool, char *value)
{
    const char *connections = strsep(&value, " "), *refused = strsep(&value, " ");
    struct snapshot_source *sources = pool->sources;
    int64_t count = read_count(connections);

    if (refused == NULL || value == NULL || *value == '\0' || count < 0)
        return 0;
    /* A count that is a power of two fills the array, which doubles. */
    if ((pool->source_count & (pool->source_count - 1)) == 0) {
        sources = reallocarray(sources, pool->source_count == 0 ? 1 : 2 * pool->source_count,
                               sizeof(*sources));
        if (sources == NULL)
            return -1;
        pool->sources = sources;
    }
    sources[pool->source_count++] = (struct snapshot_source){value, count, read_count(refused)};
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    const struct snapshot_source *one = a, *other = b;

    return strcmp(one->name, other->name);
}

static int compare_counts(int64_t one, int64_t other)
{
    return (one < other) - (one > other);
}

static int compare(const void *a, const void *b)
{
    const struct snapshot_source *one = a, *other = b;
    int order = compare_counts(one->connections, other->connections);

    if (order == 0)
        order = compare_counts(one->refused, other->refused);
    return order == 0 ? compare_names(a, b) : order;
}

/* Return the sum of two counts; of an unknown one and another, the other. */
static int64_t add(int64_t one, int64_t other)
{
    int64_t sum;

    if (one == STAT_UNKNOWN || other == STAT_UNKNOWN)
        return one == STAT_UNKNOWN ? other : one;
    return __builtin_add_overflow(one, other, &sum) ? INT64_MAX : sum;
}

void source_lines_merge(struct snapshot_pool *pool)
{
    struct snapshot_source *sources = pool->sources;
    size_t count = 0;

    if (pool->source_count == 0)
        return; /* qsort(3) takes no NULL */
    qsort(sources, pool->source_count, sizeof(*sources), compare_names);
    for (size_t i = 1; i < pool->source_count; i++) {
        if (strcmp(sources[count].name, sources[i].name) == 0) {
            sources[count].connections = add(sources[count].connections, sources[i].connections);
            sources[count].refused = add(sources[count].refused, sources[i].refused);
        } else {
            sources[++count] = sources[i];
        }
    }
    pool->source_count = count + 1;
    qsort(sources, pool->source_count, sizeof(*sources), compare);
}
