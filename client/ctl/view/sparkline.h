/*
 * sparkline: a figure of the last seconds as a line of characters.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_SPARKLINE_H
#define PREFORKD_CLIENT_CTL_VIEW_SPARKLINE_H

#include <stddef.h>
#include <stdint.h>

enum { SPARKLINE_MAX = 240 };

/* A zeroed one has no values. */
struct sparkline {
    int64_t values[SPARKLINE_MAX]; /* the oldest first; STAT_UNKNOWN: there was none */
    size_t count;
};

/* Add VALUE, and forget the oldest one where there is no room. */
void sparkline_add(struct sparkline *line, int64_t value);

/* Return the greatest of the last WIDTH values, at least 0. */
int64_t sparkline_most(const struct sparkline *line, size_t width);

/* Print the last WIDTH values to TEXT, a character each: `_` is 0, `#` the greatest, a blank an
 * unknown one. */
void sparkline_print(const struct sparkline *line, size_t width, char text[SPARKLINE_MAX + 1]);

#endif
