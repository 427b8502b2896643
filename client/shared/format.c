/*
 * format: see format.h.
 */
#include "client/shared/format.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"

void format_latency(uint64_t ns, char text[FORMAT_SIZE])
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    double value = (double)ns;
    size_t unit = 0;

    while (value >= 999.5 && unit < 3) {
        value /= 1000;
        unit++;
    }
    snprintf(text, FORMAT_SIZE, "%.*f%s",
             unit == 0 || value >= 99.95 ? 0
             : value >= 9.995            ? 1
                                         : 2,
             value, units[unit]);
}

static const struct {
    const char *unit, *smaller;
    int64_t seconds, smaller_seconds;
} spans[] = {
    {"d", "h", INT64_C(86400), 3600},
    {"h", "m", 3600, 60},
    {"m", "s", 60, 1},
};

void format_span(int64_t ns, const char *gap, char text[FORMAT_SIZE])
{
    int64_t seconds = ns / NS_PER_S;

    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        int64_t rest = seconds % spans[i].seconds / spans[i].smaller_seconds;

        if (seconds < spans[i].seconds)
            continue;
        if (rest == 0)
            snprintf(text, FORMAT_SIZE, "%" PRId64 "%s%s", seconds / spans[i].seconds, gap,
                     spans[i].unit);
        else
            snprintf(text, FORMAT_SIZE, "%" PRId64 "%s%s%s%" PRId64 "%s%s",
                     seconds / spans[i].seconds, gap, spans[i].unit, gap, rest, gap,
                     spans[i].smaller);
        return;
    }
    if (ns < 0)
        snprintf(text, FORMAT_SIZE, "?");
    else if (seconds >= 10)
        snprintf(text, FORMAT_SIZE, "%" PRId64 "%ss", seconds, gap);
    else if (seconds >= 1) /* rounded down, as all the others */
        snprintf(text, FORMAT_SIZE, "%" PRId64 ".%" PRId64 "%ss", seconds,
                 ns % NS_PER_S / (100 * NS_PER_MS), gap);
    else
        snprintf(text, FORMAT_SIZE, "%" PRId64 "%sms", ns / NS_PER_MS, gap);
}
