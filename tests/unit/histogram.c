/*
 * Unit tests of client/load/histogram: percentiles compared with the exact ones of the same values;
 * merging; the ends of the range.
 */
#include "client/load/histogram.h"

#include <stdlib.h>

#include "tests/unit/tap.h"

enum { SAMPLES = 1000000, PARTS = 4 };

/* Return a number between 0 and 1, the same ones in every run: xorshift64*. */
static double draw(void)
{
    static uint64_t state = 88172645463325252U;

    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return ((double)(state * UINT64_C(2685821657736338717) >> 11) + 0.5) /
           (double)(UINT64_C(1) << 53);
}

static uint64_t uniform(void)
{
    return (uint64_t)(draw() * 1e9);
}

/* Draw by von Neumann's method, which needs no logarithm; the mean is 50000. */
static uint64_t exponential(void)
{
    for (double whole = 0;; whole++) {
        double first = draw(), last = first;
        bool odd = true;

        for (double next = draw(); next < last; next = draw()) {
            last = next;
            odd = !odd;
        }
        if (odd)
            return (uint64_t)((whole + first) * 50000);
    }
}

/* Draw a product of many factors, so that its logarithm is about normal: the median is 15 us, and
 * one in ten thousand is above 200 times that. */
static uint64_t log_normal(void)
{
    double value = 20000;

    for (int i = 0; i < 24; i++)
        value *= 0.5 + 1.075 * draw();
    return (uint64_t)value;
}

static uint64_t bimodal(void)
{
    return (uint64_t)(draw() < 0.95 ? 10000 + draw() * 2000 : 4e7 + draw() * 1e6);
}

static uint64_t constant(void)
{
    return 123457;
}

/* From microseconds to hours. */
static uint64_t heavy_tailed(void)
{
    return (uint64_t)(1000 / draw() / draw());
}

static uint64_t small(void)
{
    return (uint64_t)(draw() * 500);
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

/* Return whether FOUND differs from EXACT by at most PER_THOUSAND of it. */
static bool near(double found, double exact, double per_thousand)
{
    double apart = found > exact ? found - exact : exact - found;

    return apart <= exact * per_thousand / 1000;
}

static const uint32_t percentiles[] = {0,      1,      10000,  250000, 500000, 900000,
                                       990000, 999000, 999900, 999990, 1000000};

/* Return whether HISTOGRAM is within 0.4 % of SORTED at every percentile; print where it is not. */
static bool agrees(const struct histogram *histogram, const uint64_t *sorted, size_t count)
{
    bool all = true;

    for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
        size_t rank = (count * percentiles[i] + 999999) / 1000000;
        uint64_t exact = sorted[rank == 0 ? 0 : rank - 1];
        uint64_t found = histogram_percentile(histogram, percentiles[i]);

        if (!near((double)found, (double)exact, 4)) {
            printf("# %u per million: %" PRIu64 ", exactly %" PRIu64 "\n", percentiles[i], found,
                   exact);
            all = false;
        }
    }
    return all;
}

/* Return the PARTS merged into one. */
static struct histogram *merge(const struct histogram *parts)
{
    struct histogram *merged = calloc(1, sizeof(*merged));

    if (merged == NULL)
        abort();
    for (size_t i = 0; i < PARTS; i++)
        histogram_merge(merged, &parts[i]);
    return merged;
}

/* Record values in one histogram and, as generator processes do, in PARTS that are then merged. */
static void check_shape(const char *shape, uint64_t (*value)(void))
{
    struct histogram *whole = calloc(1, sizeof(*whole)), *parts = calloc(PARTS, sizeof(*parts));
    uint64_t *values = calloc(SAMPLES, sizeof(*values));
    struct histogram *merged;
    double sum = 0;

    if (whole == NULL || parts == NULL || values == NULL)
        abort();
    for (size_t i = 0; i < SAMPLES; i++) {
        values[i] = value();
        sum += (double)values[i];
        histogram_record(whole, values[i]);
        histogram_record(&parts[i % PARTS], values[i]);
    }
    merged = merge(parts);
    qsort(values, SAMPLES, sizeof(*values), compare);
    ok(agrees(whole, values, SAMPLES), "a million %s values: every percentile within 0.4 %%",
       shape);
    ok(agrees(merged, values, SAMPLES), "four histograms of %s values, merged: the same", shape);
    ok(histogram_mean(whole) == (uint64_t)(sum / (double)SAMPLES) && whole->min == values[0] &&
           whole->max == values[SAMPLES - 1],
       "a million %s values: the mean, the least and the most are exact", shape);
    merged->sum = whole->sum; /* floating-point sums depend on their order */
    ok(memcmp(whole, merged, sizeof(*whole)) == 0,
       "four histograms of %s values, merged, are the whole", shape);
    free(values);
    free(merged);
    free(parts);
    free(whole);
}

/* Check that histogram_next passes all values in ascending order, where the percentiles are. */
static void check_walk(void)
{
    static struct histogram histogram;
    uint64_t value = 0, last = 0, count = 0, seen = 0;
    size_t bucket = 0;
    bool ascending = true, in_place = true;

    ok(!histogram_next(&histogram, &bucket, &value, &count), "an empty histogram has no values");
    for (size_t i = 0; i < SAMPLES; i++)
        histogram_record(&histogram, heavy_tailed());
    for (bucket = 0; histogram_next(&histogram, &bucket, &value, &count); last = value) {
        ascending &= count > 0 && (seen == 0 || value > last);
        seen += count;
        in_place &=
            near((double)histogram_percentile(&histogram, (uint32_t)seen), (double)value, 4);
    }
    ok(ascending && seen == SAMPLES, "every value is gone through once, in ascending order");
    ok(in_place, "each of them where the percentiles have it");
}

static void check_ends(void)
{
    static const uint64_t ends[] = {0, 1, UINT64_MAX};
    static struct histogram empty, one, merged, all;

    ok(histogram_percentile(&empty, 500000) == 0 && histogram_mean(&empty) == 0,
       "an empty histogram answers 0");
    for (size_t i = 0; i < 3; i++) {
        memset(&one, 0, sizeof(one));
        histogram_record(&one, ends[i]);
        histogram_record(&all, ends[i]);
        ok(histogram_percentile(&one, 0) == ends[i] &&
               histogram_percentile(&one, 500000) == ends[i] &&
               histogram_percentile(&one, 1000000) == ends[i] && histogram_mean(&one) == ends[i],
           "%" PRIu64 " alone is every percentile and the mean", ends[i]);
    }
    ok(agrees(&all, ends, 3), "0, 1 and UINT64_MAX side by side");
    histogram_merge(&merged, &empty);
    ok(merged.count == 0, "nothing merged with nothing is nothing");
    histogram_merge(&merged, &all);
    histogram_merge(&merged, &empty);
    ok(memcmp(&merged, &all, sizeof(all)) == 0, "what is merged into an empty histogram is kept");
}

/* Check every power of two and its neighbours, where an error in the index would show first. */
static void check_powers(void)
{
    static struct histogram one;
    bool all = true;

    for (int bit = 0; bit < 64; bit++) {
        for (uint64_t off = 0; off < 3; off++) {
            uint64_t value = (UINT64_C(1) << bit) - 1 + off;

            memset(&one, 0, sizeof(one));
            histogram_record(&one, 0);
            histogram_record(&one, value);
            histogram_record(&one, UINT64_MAX);
            all &= near((double)histogram_percentile(&one, 500000), (double)value, 2);
        }
    }
    ok(all, "around every power of two a value is found within 0.2 %%");
}

int main(void)
{
    check_shape("uniform", uniform);
    check_shape("exponential", exponential);
    check_shape("log-normal", log_normal);
    check_shape("bimodal", bimodal);
    check_shape("constant", constant);
    check_shape("heavy-tailed", heavy_tailed);
    check_shape("small", small);
    check_walk();
    check_ends();
    check_powers();
    return tap_end();
}
