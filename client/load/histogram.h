/*
 * histogram: how often each value was seen, in buckets as wide as 1/256 of what they hold.
 *
 * Values below 512 have a bucket each; above that every power of two is cut into 256. A
 * percentile is therefore off by less than 0.2 %. Two histograms merge by addition, and one of
 * zero bytes is empty, so that they can lie in shared memory. Values are what the caller says:
 * here, nanoseconds.
 */
#ifndef PREFORKD_CLIENT_LOAD_HISTOGRAM_H
#define PREFORKD_CLIENT_LOAD_HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HISTOGRAM_BITS = 8, /* a bucket is 2^-HISTOGRAM_BITS of its value wide */
    HISTOGRAM_BUCKETS = (64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS,
};

struct histogram {
    uint64_t count, min, max; /* min and max: exact, of no meaning while count is 0 */
    double sum;               /* exact up to 2^53 */
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_record(struct histogram *histogram, uint64_t value);

/* Add what FROM counted to INTO. */
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The smallest value that at least PER_MILLION of a million values do not exceed, off by less than
 * 0.2 %; 0 is the minimum, 1000000 the maximum. 0 from an empty histogram. */
uint64_t histogram_percentile(const struct histogram *histogram, uint32_t per_million);

/* The mean, rounded down; 0 from an empty histogram. */
uint64_t histogram_mean(const struct histogram *histogram);

/* Go through the values in ascending order: the middle of the next bucket that holds any, and how
 * many. BUCKET is to be 0 at first, and where to go on afterwards; false: there is no further one. */
bool histogram_next(const struct histogram *histogram, size_t *bucket, uint64_t *value,
                    uint64_t *count);

#endif
