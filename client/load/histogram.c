/*
 * histogram: see histogram.h.
 */
#include "client/load/histogram.h"

static size_t bucket_of(uint64_t value)
{
    int shift;

    if (value < UINT64_C(2) << HISTOGRAM_BITS)
        return value;
    shift = 63 - __builtin_clzll(value) - HISTOGRAM_BITS;
    return ((size_t)shift << HISTOGRAM_BITS) + (value >> shift);
}

/* Return the value in the middle of BUCKET. */
static uint64_t middle_of(size_t bucket)
{
    size_t shift;

    if (bucket < UINT64_C(2) << HISTOGRAM_BITS)
        return bucket;
    shift = (bucket >> HISTOGRAM_BITS) - 1;
    return ((bucket - (shift << HISTOGRAM_BITS)) << shift) + (UINT64_C(1) << shift >> 1);
}

void histogram_record(struct histogram *histogram, uint64_t value)
{
    if (histogram->count == 0 || value < histogram->min)
        histogram->min = value;
    if (histogram->count == 0 || value > histogram->max)
        histogram->max = value;
    histogram->count++;
    histogram->sum += (double)value;
    histogram->buckets[bucket_of(value)]++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    if (from->count == 0)
        return;
    if (into->count == 0 || from->min < into->min)
        into->min = from->min;
    if (into->count == 0 || from->max > into->max)
        into->max = from->max;
    into->count += from->count;
    into->sum += from->sum;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
}

static uint64_t clamp(const struct histogram *histogram, uint64_t value)
{
    if (value < histogram->min)
        return histogram->min;
    return value > histogram->max ? histogram->max : value;
}

/* Return how many values make up PER_MILLION of a million, rounded up; the product of both could
 * overflow. */
static uint64_t rank_of(const struct histogram *histogram, uint32_t per_million)
{
    const uint64_t million = 1000000;

    return histogram->count / million * per_million +
           (histogram->count % million * per_million + million - 1) / million;
}

uint64_t histogram_percentile(const struct histogram *histogram, uint32_t per_million)
{
    uint64_t rank = rank_of(histogram, per_million), seen = 0;

    if (histogram->count == 0)
        return 0;
    if (rank <= 1)
        return histogram->min;
    if (rank >= histogram->count)
        return histogram->max;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= rank)
            return clamp(histogram, middle_of(i));
    }
    return histogram->max;
}

uint64_t histogram_mean(const struct histogram *histogram)
{
    if (histogram->count == 0)
        return 0;
    /* Rounding may make the mean of huge values larger than each of them, even than UINT64_MAX. */
    if (histogram->sum / (double)histogram->count >= (double)histogram->max)
        return histogram->max;
    return clamp(histogram, (uint64_t)(histogram->sum / (double)histogram->count));
}

bool histogram_next(const struct histogram *histogram, size_t *bucket, uint64_t *value,
                    uint64_t *count)
{
    while (*bucket < HISTOGRAM_BUCKETS && histogram->buckets[*bucket] == 0)
        ++*bucket;
    if (*bucket == HISTOGRAM_BUCKETS)
        return false;
    *value = middle_of(*bucket);
    *count = histogram->buckets[(*bucket)++];
    return true;
}
