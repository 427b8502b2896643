/*
 * durations: a coarse histogram of how long something took, small enough for a worker's page.
 *
 * Two buckets for each power of two, the first for less than 1.024 us, the last for 37 minutes and
 * more. A percentile is off by at most a third. Counts of several histograms merge by addition.
 */
#ifndef PREFORKD_COMMON_DURATIONS_H
#define PREFORKD_COMMON_DURATIONS_H

#include <stddef.h>
#include <stdint.h>

enum { DURATION_BUCKETS = 64, DURATION_FIRST_BIT = 10 };

/* The bucket of DURATION_NS; a negative one counts as nothing. */
static inline size_t duration_bucket(int64_t duration_ns)
{
    const int64_t first = INT64_C(1) << DURATION_FIRST_BIT;
    const int64_t last = first << (DURATION_BUCKETS / 2 - 1);
    size_t bit;

    if ((uint64_t)(duration_ns - first) >= (uint64_t)(last - first))
        return duration_ns < first ? 0 : DURATION_BUCKETS - 1;
    /* The highest bit, by exclusive or: a subtraction would not become one instruction. */
    bit = 63 ^ (size_t)__builtin_clzll((unsigned long long)duration_ns);
    return 2 * bit + (size_t)(duration_ns >> (bit - 1)) - (2 * DURATION_FIRST_BIT + 1);
}

/* The least duration that is too long for BUCKET; INT64_MAX: none is. */
int64_t duration_bound_ns(size_t bucket);

/* The duration that PER_MILLION of a million do not exceed, in proportion within its bucket; -1
 * where nothing was counted. */
int64_t duration_percentile_ns(const uint64_t counts[DURATION_BUCKETS], uint32_t per_million);

#endif
