/*
 * bars: see bars.h.
 */
#include "client/load/report/chart.h"

#include <inttypes.h>

#include "client/shared/format.h"

enum { BAR_WIDTH = 40 };

/* Bounds are numbers times powers of STEP: the finest first, the last has few enough for any value
 * of 64 bits. */
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

/* The first bound that is not below VALUE. */
static size_t row_of(const struct scale *scale, uint64_t value)
{
    size_t i = 0;

    while (bound_of(scale, i) < value)
        i++;
    return i;
}

/* The finest on which the values from LOW to HIGH fit. */
static const struct scale *choose_scale(uint64_t low, uint64_t high)
{
    const struct scale *scale = scales;

    while (row_of(scale, high) - row_of(scale, low) >= LOAD_BARS_MAX)
        scale++;
    return scale;
}

size_t load_bars_make(const struct histogram *histogram, struct load_bar bars[LOAD_BARS_MAX])
{
    uint64_t value, count, low, high;
    size_t bucket = 0, first, rows;
    const struct scale *scale;

    /* Its minimum and maximum may be on the other side of a bound than what stands for them. */
    if (!histogram_next(histogram, &bucket, &low, &count))
        return 0;
    for (high = low; histogram_next(histogram, &bucket, &value, &count);)
        high = value;
    scale = choose_scale(low, high);
    first = row_of(scale, low);
    rows = row_of(scale, high) - first + 1;
    for (size_t i = 0; i < LOAD_BARS_MAX; i++)
        bars[i] = (struct load_bar){.bound = bound_of(scale, first + i)};
    bucket = 0;
    while (histogram_next(histogram, &bucket, &value, &count))
        bars[row_of(scale, value) - first].count += count;
    return rows;
}

static void print_row(const struct load_bar *bar, uint64_t most, uint64_t so_far, uint64_t all,
                      FILE *out)
{
    static const char marks[] = "########################################";
    char bound[FORMAT_SIZE];
    int length = (int)((double)bar->count / (double)most * BAR_WIDTH + 0.5);

    if (length == 0 && bar->count > 0)
        length = 1; /* a row that has any shows it */
    format_latency(bar->bound, bound);
    /* Rounded down: 100 % is all of them. */
    fprintf(out, "  <= %-7s %-*.*s %12" PRIu64 " %6.2f%%\n", bound, BAR_WIDTH, length, marks,
            bar->count, (double)(uint64_t)((double)so_far / (double)all * 10000) / 100);
}

void load_bars_print(const struct histogram *histogram, const char *title, FILE *out)
{
    struct load_bar bars[LOAD_BARS_MAX];
    size_t rows = load_bars_make(histogram, bars);
    uint64_t most = 0, so_far = 0;

    for (size_t i = 0; i < rows; i++)
        most = bars[i].count > most ? bars[i].count : most;
    if (rows > 0)
        fprintf(out, "%-*s %12s %7s\n", BAR_WIDTH + 12, title, "requests", "so far");
    for (size_t i = 0; i < rows; i++) {
        so_far += bars[i].count;
        print_row(&bars[i], most, so_far, histogram->count, out);
    }
}
