/*
 * progress: see progress.h. A line is made of pieces; those that fit are chosen by rank and printed
 * in the order of the table.
 */
#include "client/load/report/progress.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/load/report/metrics.h"
#include "client/load/report/verdict.h"
#include "client/shared/format.h"
#include "common/clock.h"
#include "common/number.h"

enum { PIECE_SIZE = 48, BAR_WIDTH = 10, COLUMNS = 80 };

static struct {
    bool terminal, colours;
    bool drawn;         /* a line is on the terminal */
    uint64_t ok;        /* at the line before */
    int64_t elapsed_ns; /* the same */
} progress;

static bool is_warm(const struct load_moment *moment)
{
    return moment->elapsed_ns >= moment->plan->warm_up_ns;
}

/* Return how much of the run is done, 0 to 1, by time or by number of requests, whichever is more;
 * -1 if it has no end. */
static double share_done(const struct load_moment *moment)
{
    const struct load_plan *plan = moment->plan;
    const struct load_result *so_far = moment->so_far;
    double share = -1, other;

    if (plan->duration_ns != NUMBER_UNLIMITED)
        share = (double)(moment->elapsed_ns - plan->warm_up_ns) / (double)plan->duration_ns;
    if (plan->requests != NUMBER_UNLIMITED) {
        other = (double)(so_far->ok + so_far->failed + so_far->dropped) / (double)plan->requests;
        share = other > share ? other : share;
    }
    return share > 1 ? 1 : share;
}

/* Each function writes one piece, or leaves it empty if there is nothing to show. */

static void write_bar(const struct load_moment *moment, char *text)
{
    double share = is_warm(moment) ? share_done(moment) : 0;

    if (share >= 0)
        snprintf(text, PIECE_SIZE, "[%-*.*s]", BAR_WIDTH, (int)(share * (double)BAR_WIDTH),
                 "##########");
}

static void write_share(const struct load_moment *moment, char *text)
{
    double share = share_done(moment);

    if (!is_warm(moment))
        snprintf(text, PIECE_SIZE, "warm-up");
    else if (share >= 0)
        snprintf(text, PIECE_SIZE, "%d%%", (int)(share * 100));
}

static void write_elapsed(const struct load_moment *moment, char *text)
{
    snprintf(text, PIECE_SIZE, "%.1fs", (double)moment->elapsed_ns / (double)NS_PER_S);
}

static void write_rate(const struct load_moment *moment, char *text)
{
    if (is_warm(moment))
        snprintf(text, PIECE_SIZE, "%.0f/s", moment->rate);
}

static void write_errors(const struct load_moment *moment, char *text)
{
    snprintf(text, PIECE_SIZE, "errors %" PRIu64, moment->so_far->failed);
}

static void write_in_flight(const struct load_moment *moment, char *text)
{
    snprintf(text, PIECE_SIZE, "in flight %" PRIu64, moment->so_far->in_flight);
}

static void write_stat(const char *name, const struct histogram *histogram, size_t stat, char *text)
{
    char latency[FORMAT_SIZE];

    if (histogram->count == 0)
        return;
    format_latency(load_stat(histogram, stat), latency);
    snprintf(text, PIECE_SIZE, "%s %s", name, latency);
}

static void write_p50(const struct load_moment *moment, char *text)
{
    write_stat("p50", &moment->so_far->response, STAT_P50, text);
}

static void write_p99(const struct load_moment *moment, char *text)
{
    write_stat("p99", &moment->so_far->response, STAT_P99, text);
}

static void write_max(const struct load_moment *moment, char *text)
{
    write_stat("max", &moment->so_far->response, STAT_MAX, text);
}

static void write_lag(const struct load_moment *moment, char *text)
{
    write_stat("lag p99", &moment->so_far->lag, STAT_P99, text);
}

static void write_cpu(const struct load_moment *moment, char *text)
{
    if (moment->so_far->elapsed_ns > 0)
        snprintf(text, PIECE_SIZE, "cpu %" PRId64 "%%",
                 load_cpu_percent(moment->plan, moment->so_far));
}

/* In the order of the line. The highest rank is left out first. */
static const struct {
    void (*write)(const struct load_moment *moment, char *text);
    unsigned rank;
} pieces[] = {
    {write_bar, 7},    {write_share, 1},     {write_elapsed, 0}, {write_rate, 2},
    {write_errors, 3}, {write_in_flight, 8}, {write_p50, 10},    {write_p99, 4},
    {write_max, 9},    {write_lag, 5},       {write_cpu, 6},
};

enum { PIECES = sizeof(pieces) / sizeof(pieces[0]) };

/* Empty those of TEXTS that do not fit into COLUMNS with GAP blanks between two. Returns whether
 * all fit. */
static bool choose(char texts[PIECES][PIECE_SIZE], size_t columns, size_t gap)
{
    size_t used = 0;
    bool all = true;

    for (unsigned rank = 0; rank < PIECES; rank++) {
        for (size_t i = 0; i < PIECES; i++) {
            size_t length = strlen(texts[i]);

            if (pieces[i].rank != rank || length == 0)
                continue;
            if (used > 0)
                length += gap;
            if (used + length <= columns) {
                used += length;
            } else {
                texts[i][0] = '\0';
                all = false;
            }
        }
    }
    return all;
}

static void join(char texts[PIECES][PIECE_SIZE], const char *gap, const char *red, char *line)
{
    size_t used = 0;

    line[0] = '\0';
    for (size_t i = 0; i < PIECES; i++) {
        bool alarming = pieces[i].write == write_errors && strcmp(texts[i], "errors 0") != 0;

        if (texts[i][0] == '\0')
            continue;
        used += (size_t)snprintf(line + used, LOAD_PROGRESS_SIZE - used, "%s%s%s%s",
                                 used > 0 ? gap : "", alarming ? red : "", texts[i],
                                 alarming && red[0] != '\0' ? "\033[0m" : "");
    }
}

void load_progress_format(const struct load_moment *moment, size_t columns, bool bar, bool colours,
                          char line[LOAD_PROGRESS_SIZE])
{
    char texts[PIECES][PIECE_SIZE] = {0}, all[PIECES][PIECE_SIZE];
    bool wide;

    for (size_t i = 0; i < PIECES; i++) {
        if (bar || pieces[i].write != write_bar)
            pieces[i].write(moment, texts[i]);
    }
    memcpy(all, texts, sizeof(all));
    wide = choose(all, columns, 2);
    if (!wide)
        choose(texts, columns, 1);
    join(wide ? all : texts, wide ? "  " : " ", colours ? "\033[31m" : "", line);
}

/* Return one column less than the terminal has: it may wrap when the last one is written. */
static size_t count_columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return COLUMNS - 1;
    return size.ws_col - 1U;
}

/* Write a line unless that would block: a stopped terminal (Ctrl-S) must not hold up the run or an
 * interrupt. Returns whether the line was written. */
static bool show(const char *begin, const char *line, const char *end)
{
    struct pollfd terminal = {.fd = STDERR_FILENO, .events = POLLOUT};
    char text[LOAD_PROGRESS_SIZE + 16];
    int length = snprintf(text, sizeof(text), "%s%s%s", begin, line, end);

    return poll(&terminal, 1, 0) == 1 &&
           write(STDERR_FILENO, text, (size_t)length) == (ssize_t)length;
}

static double rate_since_last(const struct load_result *so_far, int64_t elapsed_ns)
{
    double rate = 0;

    if (elapsed_ns > progress.elapsed_ns)
        rate = (double)(so_far->ok - progress.ok) * (double)NS_PER_S /
               (double)(elapsed_ns - progress.elapsed_ns);
    progress.ok = so_far->ok;
    progress.elapsed_ns = elapsed_ns;
    return rate;
}

/* The load_progress that load_progress_open returns. */
static void print_line(const struct load_plan *plan, const struct load_result *so_far,
                       int64_t elapsed_ns)
{
    struct load_moment moment = {.plan = plan,
                                 .so_far = so_far,
                                 .elapsed_ns = elapsed_ns,
                                 .rate = rate_since_last(so_far, elapsed_ns)};
    char line[LOAD_PROGRESS_SIZE];

    if (progress.terminal) {
        load_progress_format(&moment, count_columns(), true, progress.colours, line);
        progress.drawn |= show("\r", line, "\033[K");
    } else {
        load_progress_format(&moment, SIZE_MAX, false, false, line);
        show("", line, "\n");
    }
}

/* Return the value of VARIABLE in the environment; "" if it is unset. */
static const char *setting(const char *variable)
{
    const char *value = getenv(variable);

    return value != NULL ? value : "";
}

load_progress *load_progress_open(void)
{
    const char *kind = setting("TERM");

    progress.terminal = isatty(STDERR_FILENO) && kind[0] != '\0' && strcmp(kind, "dumb") != 0;
    progress.colours = setting("NO_COLOR")[0] == '\0';
    return print_line;
}

void load_progress_close(void)
{
    if (progress.drawn)
        show("\r", "", "\033[K");
}
