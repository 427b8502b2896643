/*
 * Unit tests of client/load/report/{progress,chart}: a line fits any terminal, and the rows of a
 * histogram are complete and add up.
 */
#include "client/load/report/progress.h"

#include "client/load/report/chart.h"
#include "common/clock.h"
#include "common/number.h"
#include "tests/unit/tap.h"

static struct load_result result;

static struct load_moment make_moment(const struct load_plan *plan, int64_t elapsed_ns)
{
    return (struct load_moment){
        .plan = plan, .so_far = &result, .elapsed_ns = elapsed_ns, .rate = 12345.6};
}

static void test_line(void)
{
    const struct load_plan plan = {.rate = 1,
                                   .processes = 1,
                                   .warm_up_ns = NS_PER_S,
                                   .duration_ns = 10 * NS_PER_S,
                                   .requests = NUMBER_UNLIMITED};
    struct load_moment moment = make_moment(&plan, 6 * NS_PER_S);
    char line[LOAD_PROGRESS_SIZE];

    load_progress_format(&moment, 500, true, false, line);
    is_text(line,
            "[#####     ]  50%  6.0s  12346/s  errors 7  in flight 3  p50 1.00us  p99 1.00us  "
            "max 1.00us  lag p99 2.00us  cpu 50%",
            "all of it, where there is room");
    load_progress_format(&moment, 39, true, false, line);
    is_text(line, "50% 6.0s 12346/s errors 7 p99 1.00us", "what matters most on 40 columns");
    load_progress_format(&moment, 500, false, true, line);
    ok(strstr(line, "  \033[31merrors 7\033[0m  ") != NULL, "errors in red");
    ok(strchr(line, '[') == NULL || strstr(line, "[#") == NULL, "no bar where none is wanted");
    moment.elapsed_ns = NS_PER_S / 2;
    load_progress_format(&moment, 500, true, false, line);
    ok(strncmp(line, "[          ]  warm-up  0.5s  errors 7", 37) == 0, "the warm-up: %s", line);
    moment.elapsed_ns = 60 * NS_PER_S;
    load_progress_format(&moment, 500, true, false, line);
    ok(strncmp(line, "[##########]  100%  60.0s", 25) == 0, "never more than all: %s", line);
}

static void test_requests(void)
{
    const struct load_plan plan = {
        .processes = 1, .duration_ns = 100 * NS_PER_S, .requests = 28}; /* of which 7 are done */
    struct load_plan endless = plan;
    struct load_moment moment = make_moment(&plan, NS_PER_S);
    char line[LOAD_PROGRESS_SIZE];

    load_progress_format(&moment, 500, true, false, line);
    ok(strncmp(line, "[##        ]  25%", 17) == 0, "by requests where they are further: %s", line);
    endless.duration_ns = endless.requests = NUMBER_UNLIMITED;
    moment.plan = &endless;
    load_progress_format(&moment, 500, true, false, line);
    ok(strncmp(line, "1.0s  12346/s", 13) == 0, "no share of what has no end: %s", line);
}

static void test_widths(void)
{
    const struct load_plan plan = {
        .rate = 1, .processes = 1, .duration_ns = 10 * NS_PER_S, .requests = NUMBER_UNLIMITED};
    struct load_moment moment = make_moment(&plan, 86399 * NS_PER_S);
    char line[LOAD_PROGRESS_SIZE];
    size_t last = 0;
    bool fits = true, grows = true;

    moment.rate = 1e9;
    for (size_t columns = 0; columns < 200; columns++) {
        load_progress_format(&moment, columns, true, false, line);
        fits = fits && strlen(line) <= columns;
        grows = grows && (columns < 100 || strlen(line) >= last);
        last = strlen(line);
    }
    ok(fits, "no line is longer than the terminal is wide");
    ok(grows, "a wider terminal shows no less");
}

/* Check what holds for the rows of any histogram. */
static void check_chart(const struct histogram *histogram, const char *title)
{
    struct load_chart_row rows[LOAD_CHART_ROWS];
    size_t row_count = load_chart_make(histogram, rows), bucket = 0;
    uint64_t sum = 0, middles = 0, value, count, before = 0;
    bool ascending = true;

    for (size_t i = 0; i < row_count; i++) {
        sum += rows[i].count;
        ascending = ascending && (i == 0 || rows[i].bound > rows[i - 1].bound);
    }
    ok(row_count > 0 && row_count <= LOAD_CHART_ROWS, "%s: %zu rows", title, row_count);
    ok(row_count > 0 && rows[0].count > 0 && rows[row_count - 1].count > 0,
       "%s: from the first to the last", title);
    ok(ascending, "%s: in order", title);
    is_number(sum, histogram->count, "%s: everything is in a row", title);
    for (ascending = true; histogram_next(histogram, &bucket, &value, &count); before = value) {
        ascending = ascending && (middles == 0 || value > before) && count > 0;
        middles += count;
    }
    ok(ascending, "%s: the buckets come in order, and only those with a value", title);
    is_number(middles, histogram->count, "%s: everything is in a bucket", title);
}

static void test_chart(void)
{
    static struct histogram one, narrow, wide, widest, empty;
    struct load_chart_row rows[LOAD_CHART_ROWS];
    uint64_t value, count;
    size_t bucket = 0;

    histogram_record(&one, 123456);
    check_chart(&one, "one value");
    for (uint64_t i = 100; i < 200; i++)
        histogram_record(&narrow, i * 1000);
    check_chart(&narrow, "100 to 200 us");
    ok(load_chart_make(&narrow, rows) >= 4, "a narrow range is cut finely");
    for (uint64_t i = 100; i < UINT64_C(10000000000); i += i / 7)
        histogram_record(&wide, i);
    check_chart(&wide, "100 ns to 10 s");
    histogram_record(&widest, 0);
    histogram_record(&widest, UINT64_MAX);
    check_chart(&widest, "0 to the largest");
    is_number(load_chart_make(&empty, rows), 0, "none of an empty one");
    ok(!histogram_next(&empty, &bucket, &value, &count), "an empty one has no value");
    bucket = 0;
    ok(histogram_next(&one, &bucket, &value, &count) && value > 123200 && value < 123700 &&
           count == 1,
       "the middle of a bucket is near what is in it");
}

int main(void)
{
    result.failed = 7;
    result.in_flight = 3;
    result.elapsed_ns = NS_PER_S;
    result.cpu_ns = NS_PER_S / 2;
    histogram_record(&result.response, 1000);
    histogram_record(&result.lag, 2000);
    test_line();
    test_requests();
    test_widths();
    test_chart();
    return tap_end();
}
