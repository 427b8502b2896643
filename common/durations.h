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
    unsigned int bit;
    size_t bucket;

    if (duration_ns < INT64_C(1) << DURATION_FIRST_BIT)
        return 0;
    bit = 63 - (unsigned int)__builtin_clzll((unsigned long long)duration_ns);
    bucket = 2 * (bit - DURATION_FIRST_BIT) + (size_t)(duration_ns >> (bit - 1) & 1) + 1;
    return bucket < DURATION_BUCKETS ? bucket : DURATION_BUCKETS - 1;
}

/* The least duration that is too long for BUCKET; INT64_MAX: none is. */
int64_t duration_bound_ns(size_t bucket);

/* The duration that PER_MILLION of a million do not exceed, in proportion within its bucket; -1
 * where nothing was counted. */
int64_t duration_percentile_ns(const uint64_t counts[DURATION_BUCKETS], uint32_t per_million);

#endif
