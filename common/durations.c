/*
 * durations: see durations.h.
 */
#include "common/durations.h"

int64_t duration_bound_ns(size_t bucket)
{
    size_t bit = DURATION_FIRST_BIT + (bucket - 1) / 2;

    if (bucket == 0)
        return INT64_C(1) << DURATION_FIRST_BIT;
    if (bucket >= DURATION_BUCKETS - 1)
        return INT64_MAX;
    return bucket % 2 == 0 ? INT64_C(2) << bit : INT64_C(3) << (bit - 1);
}

/* Return the duration at PART of the COUNT in BUCKET, interpolated; for the last bucket, which has
 * no end, its beginning. */
static int64_t within(size_t bucket, uint64_t part, uint64_t count)
{
    int64_t from_ns = bucket == 0 ? 0 : duration_bound_ns(bucket - 1);
    int64_t to_ns = duration_bound_ns(bucket);

    if (to_ns == INT64_MAX)
        return from_ns;
    return from_ns + (int64_t)((double)(to_ns - from_ns) * (double)part / (double)count);
}

int64_t duration_percentile_ns(const uint64_t counts[DURATION_BUCKETS], uint32_t per_million)
{
    uint64_t total = 0, before = 0, wanted;

    for (size_t i = 0; i < DURATION_BUCKETS; i++)
        total += counts[i];
    if (total == 0)
        return -1;
    wanted = (uint64_t)((double)total * per_million / 1e6);
    if (wanted < 1)
        wanted = 1;
    for (size_t i = 0; i < DURATION_BUCKETS; i++) {
        if (before + counts[i] >= wanted)
            return within(i, wanted - before, counts[i]);
        before += counts[i];
    }
    return within(DURATION_BUCKETS - 1, 1, 1);
}
