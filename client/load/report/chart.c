/*
 * chart: see chart.h.
 */
#include "client/load/report/chart.h"

#include <inttypes.h>

#include "client/shared/format.h"

enum { BAR_WIDTH = 40 };

/* The bounds of a scale are its numbers times powers of STEP. The finest scale comes first; on the
 * last any range of 64 bits fits into LOAD_CHART_ROWS. */
static const struct scale {
    uint64_t step;
    size_t count;
    uint64_t numbers[10];
} scales[] = {
    {10, 10, {10, 12, 15, 20, 25, 30, 40, 50, 60, 80}},
    {10, 6, {10, 15, 20, 30, 50, 70}},
    {10, 3, {10, 20, 50}},
    {10, 2, {10, 30}},
    {10, 1, {10}},
    {100, 1, {10}},
};

enum { SCALES = sizeof(scales) / sizeof(scales[0]) };

static uint64_t bound_of(const struct scale *scale, size_t i)
{
    uint64_t bound = scale->numbers[i % scale->count];

    for (size_t power = 0; power < i / scale->count; power++) {
        if (__builtin_mul_overflow(bound, scale->step, &bound))
            return UINT64_MAX;
    }
    return bound;
}

/* Return the index of the first bound that is not below VALUE. */
static size_t row_of(const struct scale *scale, uint64_t value)
{
    size_t i = 0;

    while (bound_of(scale, i) < value)
        i++;
    return i;
}

/* Return the finest scale on which the values from LOW to HIGH fit. */
static const struct scale *choose_scale(uint64_t low, uint64_t high)
{
    const struct scale *scale = scales;

    while (row_of(scale, high) - row_of(scale, low) >= LOAD_CHART_ROWS)
        scale++;
    return scale;
}

size_t load_chart_make(const struct histogram *histogram,
                       struct load_chart_row rows[LOAD_CHART_ROWS])
{
    uint64_t value, count, low, high;
    size_t bucket = 0, first, row_count;
    const struct scale *scale;

    /* Not from min and max: these are exact, and may lie beyond a bound that the middles of their
     * buckets, which are counted below, do not reach. */
    if (!histogram_next(histogram, &bucket, &low, &count))
        return 0;
    for (high = low; histogram_next(histogram, &bucket, &value, &count);)
        high = value;
    scale = choose_scale(low, high);
    first = row_of(scale, low);
    row_count = row_of(scale, high) - first + 1;
    for (size_t i = 0; i < LOAD_CHART_ROWS; i++)
        rows[i] = (struct load_chart_row){.bound = bound_of(scale, first + i)};
    bucket = 0;
    while (histogram_next(histogram, &bucket, &value, &count))
        rows[row_of(scale, value) - first].count += count;
    return row_count;
}

static void print_row(const struct load_chart_row *row, uint64_t most, uint64_t so_far,
                      uint64_t all, FILE *out)
{
    static const char marks[] = "########################################";
    char bound[FORMAT_SIZE];
    int length = (int)((double)row->count / (double)most * (double)BAR_WIDTH + 0.5);

    if (length == 0 && row->count > 0)
        length = 1; /* a row with any value shows it */
    format_latency(row->bound, bound);
    /* Round down, so that 100 % means all of them. */
    fprintf(out, "  <= %-7s %-*.*s %12" PRIu64 " %6.2f%%\n", bound, BAR_WIDTH, length, marks,
            row->count, (double)(uint64_t)((double)so_far / (double)all * 10000) / 100);
}

void load_chart_print(const struct histogram *histogram, const char *title, FILE *out)
{
    struct load_chart_row rows[LOAD_CHART_ROWS];
    size_t row_count = load_chart_make(histogram, rows);
    uint64_t most = 0, so_far = 0;

    for (size_t i = 0; i < row_count; i++)
        most = rows[i].count > most ? rows[i].count : most;
    if (row_count > 0)
        fprintf(out, "%-*s %12s %7s\n", BAR_WIDTH + 12, title, "requests", "so far");
    for (size_t i = 0; i < row_count; i++) {
        so_far += rows[i].count;
        print_row(&rows[i], most, so_far, histogram->count, out);
    }
}
