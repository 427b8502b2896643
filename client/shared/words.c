/*
 * words: see words.h.
 */
#include "client/shared/words.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"

static const struct {
    const char *unit, *smaller;
    int64_t seconds, smaller_seconds;
} units[] = {
    {"d", "h", INT64_C(86400), 3600},
    {"h", "m", 3600, 60},
    {"m", "s", 60, 1},
};

void ctl_span(int64_t ns, const char *gap, char text[CTL_SPAN_SIZE])
{
    int64_t seconds = ns / NS_PER_S;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        int64_t rest = seconds % units[i].seconds / units[i].smaller_seconds;

        if (seconds < units[i].seconds)
            continue;
        if (rest == 0)
            snprintf(text, CTL_SPAN_SIZE, "%" PRId64 "%s%s", seconds / units[i].seconds, gap,
                     units[i].unit);
        else
            snprintf(text, CTL_SPAN_SIZE, "%" PRId64 "%s%s%s%" PRId64 "%s%s",
                     seconds / units[i].seconds, gap, units[i].unit, gap, rest, gap,
                     units[i].smaller);
        return;
    }
    if (ns < 0)
        snprintf(text, CTL_SPAN_SIZE, "?");
    else if (seconds >= 10)
        snprintf(text, CTL_SPAN_SIZE, "%" PRId64 "%ss", seconds, gap);
    else if (seconds >= 1) /* rounded down, as all the others */
        snprintf(text, CTL_SPAN_SIZE, "%" PRId64 ".%" PRId64 "%ss", seconds,
                 ns % NS_PER_S / (100 * NS_PER_MS), gap);
    else
        snprintf(text, CTL_SPAN_SIZE, "%" PRId64 "%sms", ns / NS_PER_MS, gap);
}

void ctl_clean(const char *from, char *text, size_t size)
{
    size_t length = 0;

    if (from == NULL)
        from = "?";
    for (; from[length] != '\0' && length + 1 < size; length++)
        text[length] = from[length] >= ' ' && from[length] <= '~' ? from[length] : '?';
    text[length] = '\0';
}
