/*
 * durations: a coarse histogram of durations, small enough for the page of a worker.
 *
 * There are two buckets for each power of two; the first is below 1.024 us, the last from 37
 * minutes on. A percentile is off by at most a third. Histograms are merged by adding their counts.
 */
#ifndef PREFORKD_COMMON_DURATIONS_H
#define PREFORKD_COMMON_DURATIONS_H

#include <stddef.h>
#include <stdint.h>

enum { DURATION_BUCKETS = 64, DURATION_FIRST_BIT = 10 };

/* Return the bucket of DURATION_NS; a negative duration counts as 0. */
static inline size_t duration_bucket(int64_t duration_ns)
{
    const int64_t first = INT64_C(1) << DURATION_FIRST_BIT;
    const int64_t last = first << (DURATION_BUCKETS / 2 - 1);
    size_t bit;

    if ((uint64_t)(duration_ns - first) >= (uint64_t)(last - first))
        return duration_ns < first ? 0 : DURATION_BUCKETS - 1;
    /* The highest bit. Exclusive or compiles to one instruction here, a subtraction does not. */
    bit = 63 ^ (size_t)__builtin_clzll((unsigned long long)duration_ns);
    return 2 * bit + (size_t)(duration_ns >> (bit - 1)) - (2 * DURATION_FIRST_BIT + 1);
}

/* Return the shortest duration that is too long for BUCKET; INT64_MAX if none is. */
int64_t duration_bound_ns(size_t bucket);

/* Return the duration that PER_MILLION of a million do not exceed, interpolated within its bucket;
 * -1 if nothing was counted. */
int64_t duration_percentile_ns(const uint64_t counts[DURATION_BUCKETS], uint32_t per_million);

#endif
