/*
 * histogram: counts values, in buckets as wide as 1/256 of the values that they hold.
 *
 * Values below 512 have a bucket each; above that every power of two is cut into 256. A
 * percentile is therefore off by less than 0.2 %. Two histograms merge by addition, and one of
 * zero bytes is empty, so that they can lie in shared memory. The load generator records
 * nanoseconds.
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

/* Add the values of FROM to INTO. */
void histogram_merge(struct histogram *into, const struct histogram *from);

/* Return the smallest value that at least PER_MILLION of a million values do not exceed, off by
 * less than 0.2 %; with 0 the minimum, with 1000000 the maximum. Returns 0 from an empty
 * histogram. */
uint64_t histogram_percentile(const struct histogram *histogram, uint32_t per_million);

/* Return the mean, rounded down; 0 from an empty histogram. */
uint64_t histogram_mean(const struct histogram *histogram);

/* Iterate over the buckets that hold values, in ascending order: VALUE gets the middle of the next
 * one, COUNT the number of its values. Set *BUCKET to 0 first. Returns false at the end. */
bool histogram_next(const struct histogram *histogram, size_t *bucket, uint64_t *value,
                    uint64_t *count);

#endif
