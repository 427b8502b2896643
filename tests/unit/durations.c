/*
 * Unit tests of common/durations and common/pool_stats: buckets without gaps, percentiles against
 * sorted samples, and a table that has every figure once.
 */
#include "common/durations.h"

#include <stdlib.h>

#include "common/pool_stats.h"
#include "tests/unit/tap.h"

enum { SAMPLES = 20000 };

static void test_buckets(void)
{
    is_number(duration_bucket(0), 0, "0 is in the first bucket");
    is_number(duration_bucket(-5), 0, "so is a negative duration");
    is_number(duration_bucket(INT64_MAX), DURATION_BUCKETS - 1, "the longest is in the last");
    for (size_t bucket = 0; bucket < DURATION_BUCKETS - 1; bucket++) {
        int64_t bound_ns = duration_bound_ns(bucket);

        is_number(duration_bucket(bound_ns - 1), bucket, "bucket %zu: the last of it", bucket);
        is_number(duration_bucket(bound_ns), bucket + 1, "bucket %zu: the first that is not",
                  bucket);
    }
    is_number(duration_bound_ns(DURATION_BUCKETS - 1), INT64_MAX, "the last bucket has no bound");
}

static int compare(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

static uint32_t next_random(void)
{
    static uint32_t state = 7;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void test_percentiles(void)
{
    static const uint32_t wanted[] = {10000, 500000, 900000, 990000, 999000};
    static int64_t samples[SAMPLES];
    uint64_t counts[DURATION_BUCKETS] = {0};

    is_number(duration_percentile_ns(counts, 500000), -1, "of nothing there is no percentile");
    for (size_t i = 0; i < SAMPLES; i++) {
        samples[i] = (int64_t)(next_random() % 1000) << (next_random() % 20);
        counts[duration_bucket(samples[i])]++;
    }
    qsort(samples, SAMPLES, sizeof(samples[0]), compare);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        size_t place = (size_t)SAMPLES * wanted[i] / 1000000;
        double exact = (double)samples[place];
        double got = (double)duration_percentile_ns(counts, wanted[i]);

        ok(got < 1024 || (got > exact * 0.66 && got < exact * 1.5), "percentile %u: %.0f for %.0f",
           wanted[i], got, exact);
    }
}

static void test_figures(void)
{
    struct pool_stats pool;

    is_number(pool_stat_count * sizeof(int64_t), sizeof(pool), "the table has every figure");
    for (size_t i = 0; i < pool_stat_count; i++)
        pool_stat_set(&pool_stat_table[i], &pool, (int64_t)i);
    for (size_t i = 0; i < pool_stat_count; i++) {
        is_number(pool_stat_get(&pool_stat_table[i], &pool), i, "%s has a place of its own",
                  pool_stat_table[i].name);
        ok(pool_stat_find(pool_stat_table[i].name) == &pool_stat_table[i], "%s is found",
           pool_stat_table[i].name);
        ok((pool_stat_table[i].metric == NULL) == (pool_stat_table[i].help == NULL),
           "%s has help as a metric", pool_stat_table[i].name);
    }
    ok(pool_stat_find("absent") == NULL, "what is none is not found");
}

int main(void)
{
    test_buckets();
    test_percentiles();
    test_figures();
    return tap_end();
}
