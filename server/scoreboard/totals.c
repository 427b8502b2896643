/*
 * totals: see totals.h.
 */
#include "server/scoreboard/totals.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "common/pool_stats.h"

#define SUM(name, field)                                                                           \
    {                                                                                              \
        name, offsetof(struct totals, field)                                                       \
    }

/* All sums, by the names that the control socket uses. */
static const struct {
    const char *name;
    size_t offset;
} sums[] = {
    SUM("accepted", ended.accepted),
    SUM("requests", ended.requests),
    SUM("bytes_in", ended.bytes_in),
    SUM("bytes_out", ended.bytes_out),
    SUM("timeouts", ended.timeouts),
    SUM("dropped", ended.dropped),
    SUM("log_lines_dropped", ended.log_lines_dropped),
    SUM("proxy_refused", ended.proxy_refused),
    SUM("health_checks", ended.health_checks),
    SUM("access_refused", ended.access_refused),
    SUM("source_refused", ended.source_refused),
    SUM("rate_refused", ended.rate_refused),
    SUM("programs_ok", ended.programs[PROGRAM_OK]),
    SUM("programs_failed", ended.programs[PROGRAM_FAILED]),
    SUM("programs_signalled", ended.programs[PROGRAM_SIGNALLED]),
    SUM("programs_gone", ended.programs[PROGRAM_GONE]),
    SUM("programs_unstarted", ended.programs[PROGRAM_UNSTARTED]),
    SUM("took_sum_ns", ended.took_sum_ns),
    SUM("exec_sum_ns", ended.exec_sum_ns),
    SUM("crashes", crashes),
    SUM("max_reached", max_reached),
    SUM("cut", cut),
    SUM("refused", refused),
    SUM("lost", lost),
};

/* The sums are in the master's own memory, so the atomic ones are read and written like the
 * others. */
static uint64_t read_sum(const struct totals *totals, size_t offset)
{
    uint64_t value;

    memcpy(&value, (const char *)totals + offset, sizeof(value));
    return value;
}

static void add_sum(struct totals *totals, size_t offset, uint64_t more)
{
    uint64_t value = read_sum(totals, offset) + more;

    memcpy((char *)totals + offset, &value, sizeof(value));
}

struct totals totals_empty(void)
{
    return (struct totals){.queue_peak = STAT_UNKNOWN};
}

static void raise_peak(struct totals *totals, int64_t peak)
{
    if (totals->queue_peak < peak)
        totals->queue_peak = peak;
}

void totals_merge(struct totals *to, const struct totals *from)
{
    counters_merge(&to->ended, &from->ended);
    rates_merge(&to->rates, &from->rates);
    to->crashes += from->crashes;
    to->max_reached += from->max_reached;
    to->cut += from->cut;
    to->refused += from->refused;
    to->lost += from->lost;
    raise_peak(to, from->queue_peak);
}

uint64_t totals_cut(const struct totals *totals)
{
    return totals->cut + totals->lost + counter_read(&totals->ended.timeouts);
}

uint64_t totals_served(const struct totals *totals)
{
    uint64_t accepted = counter_read(&totals->ended.accepted), cut = totals_cut(totals);

    return accepted > cut ? accepted - cut : 0;
}

/* The histograms, by their names. */
static const struct {
    const char *name;
    size_t offset;
} histograms[] = {SUM("took", ended.took), SUM("exec", ended.exec)};

enum { HISTOGRAMS = sizeof(histograms) / sizeof(histograms[0]) };

static size_t bucket_offset(size_t histogram, size_t bucket)
{
    return histograms[histogram].offset + bucket * sizeof(uint64_t);
}

/* Returns by how much the sum at OFFSET has grown; 0 where it fell, for it includes what workers
 * wrote. */
static uint64_t since(const struct totals *totals, const struct totals *before, size_t offset)
{
    uint64_t now = read_sum(totals, offset), then = read_sum(before, offset);

    return now > then ? now - then : 0;
}

static void print_histogram(const struct totals *totals, const struct totals *before,
                            size_t histogram, FILE *out)
{
    for (size_t i = 0; i < DURATION_BUCKETS; i++) {
        uint64_t count = since(totals, before, bucket_offset(histogram, i));

        if (count > 0)
            fprintf(out, "%s %zu %" PRIu64 "\n", histograms[histogram].name, i, count);
    }
}

static void print_seconds(const struct rates *rates, const struct rates *before, FILE *out)
{
    for (size_t i = 0; i < SECONDS_KEPT; i++) {
        uint64_t now = rates->seconds[i].accepted, then = before->seconds[i].accepted;

        if (before->seconds[i].second != rates->seconds[i].second)
            then = 0;
        if (now > then)
            fprintf(out, "second %" PRId64 " %" PRIu64 "\n", rates->seconds[i].second, now - then);
    }
}

void totals_print(const struct totals *totals, const struct totals *before, FILE *out)
{
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
        fprintf(out, "%s %" PRIu64 "\n", sums[i].name, since(totals, before, sums[i].offset));
    for (size_t i = 0; i < HISTOGRAMS; i++)
        print_histogram(totals, before, i, out);
    print_seconds(&totals->rates, &before->rates, out);
    fprintf(out, "queue_peak %" PRId64 "\n", totals->queue_peak);
}

static void read_pair(struct totals *totals, const char *name, int64_t first, uint64_t second)
{
    if (strcmp(name, "second") == 0 && first >= 0)
        rates_add(&totals->rates, first, second);
    for (size_t i = 0; i < HISTOGRAMS && first >= 0 && first < DURATION_BUCKETS; i++) {
        if (strcmp(name, histograms[i].name) == 0)
            add_sum(totals, bucket_offset(i, (size_t)first), second);
    }
}

static void read_single(struct totals *totals, const char *name, uint64_t value)
{
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        if (strcmp(sums[i].name, name) == 0)
            add_sum(totals, sums[i].offset, value);
    }
}

void totals_read(struct totals *totals, const char *line)
{
    char name[32];
    int64_t first;
    uint64_t second;
    int count = sscanf(line, "%31s %" SCNd64 " %" SCNu64, name, &first, &second);

    if (count == 3)
        read_pair(totals, name, first, second);
    else if (count == 2 && strcmp(name, "queue_peak") == 0)
        raise_peak(totals, first);
    else if (count == 2 && sscanf(line, "%*s %" SCNu64, &second) == 1)
        read_single(totals, name, second); /* it may be too great for FIRST */
}
