/*
 * compare: see compare.h.
 */
#include "client/load/report/compare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/load/report/json_read.h"
#include "client/load/report/metrics.h"
#include "client/load/report/quantity.h"
#include "client/shared/format.h"
#include "common/io.h"
#include "common/log.h"

enum {
    REPORT_MAX = 4 << 20, /* in bytes; all buckets of all histograms take less than half of that */
    HEAD_ROWS = 5,
    SCHEDULED_ROW = 1,
    ROWS = HEAD_ROWS + LATENCIES * STATS,
    PATH_SIZE = 48,
    LABEL_SIZE = 20,
};

enum unit { RATE, COUNT, LATENCY };

/* Which of two values is the worse one; NEITHER: the row is not judged. A share is one of the
 * requests that were scheduled: runs of other lengths have other counts. */
enum judgement { NEITHER, LOWER_IS_WORSE, HIGHER_IS_WORSE, HIGHER_SHARE_IS_WORSE };

struct row {
    char path[PATH_SIZE], label[LABEL_SIZE];
    enum unit unit;
    enum judgement judgement;
};

/* A number in a report. */
struct value {
    bool measured;
    double number;
};

static const struct row head_rows[HEAD_ROWS] = {
    {"rate.achieved", "rate", RATE, LOWER_IS_WORSE},
    [SCHEDULED_ROW] = {"counts.scheduled", "scheduled", COUNT, NEITHER},
    {"counts.ok", "ok", COUNT, NEITHER},
    {"counts.failed", "failed", COUNT, HIGHER_SHARE_IS_WORSE},
    {"counts.dropped", "dropped", COUNT, HIGHER_SHARE_IS_WORSE},
};

/* Reports that differ in one of these are of different loads. Old reports do not have them. */
static const char *const models[] = {"rate.target", "model.connections", "model.processes",
                                     "model.size"};

enum { MODELS = sizeof(models) / sizeof(models[0]) };

struct report {
    const char *file;
    struct value values[ROWS];
    struct value models[MODELS];
};

/* The percentiles above p99 and the maximum are not judged: in a short run they depend on few
 * requests. */
static enum judgement judgement_of(size_t latency, size_t stat)
{
    bool judged = stat == STAT_MEAN || stat == STAT_P50 || stat == STAT_P90 || stat == STAT_P99;

    return latency == LATENCY_RESPONSE && judged ? HIGHER_IS_WORSE : NEITHER;
}

static struct row row_of(size_t i)
{
    size_t latency, stat;
    struct row row = {.unit = LATENCY};

    if (i < HEAD_ROWS)
        return head_rows[i];
    latency = (i - HEAD_ROWS) / STATS;
    stat = (i - HEAD_ROWS) % STATS;
    snprintf(row.path, PATH_SIZE, "latency_ns.%s.%s", load_latency_names[latency],
             load_stat_names[stat].json);
    snprintf(row.label, LABEL_SIZE, "%s %s", load_latency_names[latency],
             load_stat_names[stat].text);
    row.judgement = judgement_of(latency, stat);
    return row;
}

/* Read FILE into TEXT, which has room for REPORT_MAX bytes and a NUL. */
static enum status read_text(const char *file, char *text)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : io_read_full(fd, text, REPORT_MAX + 1, IO_NO_DEADLINE);
    int cause = errno;

    if (fd >= 0)
        close(fd);
    errno = cause;
    if (size < 0) {
        warn("cannot read %s", file);
        return cause == ENOENT || cause == ENOTDIR ? STATUS_USAGE : STATUS_SYSTEM;
    }
    if (size > REPORT_MAX) {
        warnx("%s is not a report of preforkload: it is larger than %d bytes", file, REPORT_MAX);
        return STATUS_USAGE;
    }
    text[size] = '\0';
    if (strlen(text) == (size_t)size)
        return STATUS_OK;
    warnx("%s is not a report of preforkload: not JSON at byte %zu: a NUL byte", file,
          strlen(text) + 1);
    return STATUS_USAGE;
}

/* Store the number at PATH of TEXT in VALUE. Returns whether there is a number that a report can
 * have, or null for one that was not measured. */
static bool find_value(const char *text, const char *path, struct value *value)
{
    enum json_found found = json_find(text, path, &value->number);

    value->measured = found == JSON_NUMBER;
    return found == JSON_NULL || (value->measured && value->number >= 0 && value->number < 1e18);
}

static enum status read_report(const char *file, struct report *report)
{
    static char text[REPORT_MAX + 1];
    enum status status = read_text(file, text);
    const char *reason;
    size_t offset;

    report->file = file;
    if (status != STATUS_OK)
        return status;
    reason = json_check(text, &offset);
    if (reason != NULL) {
        warnx("%s is not a report of preforkload: not JSON at byte %zu: %s", file, offset + 1,
              reason);
        return STATUS_USAGE;
    }
    for (size_t i = 0; i < ROWS; i++) {
        struct row row = row_of(i);

        if (!find_value(text, row.path, &report->values[i])) {
            warnx("%s is not a report of preforkload: it lacks %s", file, row.path);
            return STATUS_USAGE;
        }
    }
    for (size_t i = 0; i < MODELS; i++)
        find_value(text, models[i], &report->models[i]);
    return STATUS_OK;
}

static void print_value(enum unit unit, const struct value *value)
{
    char text[FORMAT_SIZE] = "-";

    if (value->measured && unit == LATENCY)
        format_latency((uint64_t)value->number, text);
    else if (value->measured)
        snprintf(text, sizeof(text), unit == RATE ? "%.1f/s" : "%.0f", value->number);
    printf(" %14s", text);
}

static void print_change(const struct value *a, const struct value *b)
{
    if (!a->measured || !b->measured || (a->number <= 0 && b->number > 0))
        printf(" %10s", "-");
    else
        printf(" %+9.2f%%", a->number > 0 ? (b->number / a->number - 1) * 100 : 0);
}

/* Return the number of ROW in REPORT that is judged. */
static double judged_number(const struct report *report, size_t row, enum judgement judgement)
{
    double scheduled = report->values[SCHEDULED_ROW].number;

    if (judgement != HIGHER_SHARE_IS_WORSE)
        return report->values[row].number;
    return scheduled > 0 ? report->values[row].number / scheduled : 0;
}

/* Return whether ROW of B is worse than that of A by more than TOLERANCE, a share of A. A value
 * that was measured in A alone is worse in B: there no request got so far. */
static bool is_worse(size_t row, const struct report *a, const struct report *b, double tolerance)
{
    enum judgement judgement = row_of(row).judgement;
    double left = judged_number(a, row, judgement), right = judged_number(b, row, judgement);

    if (judgement == NEITHER || !a->values[row].measured)
        return false;
    if (!b->values[row].measured)
        return true;
    return judgement == LOWER_IS_WORSE ? right < left * (1 - tolerance)
                                       : right > left * (1 + tolerance);
}

static void print_models(const struct report *a, const struct report *b)
{
    for (size_t i = 0; i < MODELS; i++) {
        const struct value *left = &a->models[i], *right = &b->models[i];

        if (left->measured == right->measured && (!left->measured || left->number == right->number))
            continue;
        printf("%-18s", models[i]);
        print_value(COUNT, left);
        print_value(COUNT, right);
        puts("  not the same load");
    }
}

/* Print the rows; TOLERANCE is negative if there is none. Returns how many values of B are
 * worse. */
static int print_rows(const struct report *a, const struct report *b, double tolerance)
{
    int worse = 0;

    for (size_t i = 0; i < ROWS; i++) {
        struct row row = row_of(i);
        bool marked = tolerance >= 0 && is_worse(i, a, b, tolerance);

        printf("%-18s", row.label);
        print_value(row.unit, &a->values[i]);
        print_value(row.unit, &b->values[i]);
        print_change(&a->values[i], &b->values[i]);
        puts(marked ? "  worse" : "");
        worse += marked;
    }
    return worse;
}

/* Parse TEXT, a percentage, into a share. */
static enum status parse_tolerance(const char *text, double *tolerance)
{
    static const struct quantity_unit percent[] = {{"%", QUANTITY_PER_PERCENT}, {NULL, 0}};
    int64_t parts;

    if (quantity_parse(text, percent, &parts) == NULL) {
        warnx("--tolerance '%s' is not a percentage such as 5%% or 0.5%%", text);
        return STATUS_USAGE;
    }
    *tolerance = (double)parts / (double)QUANTITY_PER_PERCENT / 100;
    return STATUS_OK;
}

enum status load_compare(const struct load_options *options)
{
    static struct report a, b;
    double tolerance = -1;
    enum status status = STATUS_OK;
    int worse;

    if (options->tolerance != NULL)
        status = parse_tolerance(options->tolerance, &tolerance);
    if (status == STATUS_OK)
        status = read_report(options->reports[0], &a);
    if (status == STATUS_OK)
        status = read_report(options->reports[1], &b);
    if (status != STATUS_OK)
        return status;
    printf("A: %s\nB: %s\n\n%-18s %14s %14s %10s\n", a.file, b.file, "", "A", "B", "change");
    print_models(&a, &b);
    worse = print_rows(&a, &b, tolerance);
    if (tolerance < 0)
        return STATUS_OK;
    printf("\n%s: %d figure%s of B worse by more than %s\n", worse > 0 ? "FAIL" : "PASS", worse,
           worse == 1 ? "" : "s", options->tolerance);
    return worse > 0 ? STATUS_CHECK_FAILED : STATUS_OK;
}
