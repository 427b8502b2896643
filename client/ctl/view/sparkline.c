/*
 * sparkline: see sparkline.h. Characters of ASCII alone: any terminal shows them.
 */
#include "client/ctl/view/sparkline.h"

#include <string.h>

void sparkline_add(struct sparkline *line, int64_t value)
{
    if (line->count == SPARKLINE_MAX)
        memmove(line->values, line->values + 1, --line->count * sizeof(*line->values));
    line->values[line->count++] = value;
}

/* Return the index of the first of the last WIDTH values. */
static size_t first_of(const struct sparkline *line, size_t width)
{
    return line->count > width ? line->count - width : 0;
}

int64_t sparkline_most(const struct sparkline *line, size_t width)
{
    int64_t most = 0;

    for (size_t i = first_of(line, width); i < line->count; i++)
        most = line->values[i] > most ? line->values[i] : most;
    return most;
}

/* The lowest level is for 0 alone, so that a little is more than nothing. */
static char level_of(int64_t value, int64_t most)
{
    static const char levels[] = "_.:-=+*#";
    const double above_none = sizeof(levels) - 3;

    if (value <= 0)
        return value < 0 ? ' ' : levels[0];
    return levels[1 + (size_t)((double)value / (double)most * above_none)];
}

void sparkline_print(const struct sparkline *line, size_t width, char text[SPARKLINE_MAX + 1])
{
    int64_t most = sparkline_most(line, width);

    for (size_t i = first_of(line, width); i < line->count; i++)
        *text++ = level_of(line->values[i], most);
    *text = '\0';
}
