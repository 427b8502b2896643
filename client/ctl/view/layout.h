/*
 * lines: text laid out in lines that fit a terminal: cut at its width, no more than it has rows,
 * without any control character but those of the colours.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_LAYOUT_H
#define PREFORKD_CLIENT_CTL_VIEW_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CTL_LINE_SIZE = 1024, CTL_CELL_SIZE = 128 };

/* rows: how many are left; SIZE_MAX: as many as it takes. */
struct ctl_lines {
    FILE *out;
    size_t columns, rows;
    bool colours;
};

enum ctl_style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_ALARM };

/* Write a line, cut with a `~`; nothing where no row is left. */
__attribute__((format(printf, 3, 4))) void ctl_line(struct ctl_lines *lines, enum ctl_style style,
                                                    const char *format, ...);

/* Write LEFT and, at the end of the line, the first of RIGHT, ended by NULL, that has room. */
void ctl_line_ends(struct ctl_lines *lines, enum ctl_style style, const char *left,
                   const char *const *right);

/* Write ITEMS, ended by NULL, two blanks between them, on as many lines as that takes. */
void ctl_line_items(struct ctl_lines *lines, enum ctl_style style, const char *const *items);

/* A column of a table. rank: the highest is left out first where the terminal is narrow, 0 never.
 * rest: not 0: where that is not enough its cells are cut to as few characters; one column of a table
 * is so, aligned left. */
struct ctl_column {
    const char *heading;
    unsigned rank;
    size_t rest;
    void (*write)(const void *row, char text[CTL_CELL_SIZE]);
};

enum { CTL_COLUMNS_MAX = 16 };

struct ctl_table {
    const struct ctl_column *columns;
    size_t column_count; /* up to CTL_COLUMNS_MAX */
    const void *const *rows;
    size_t row_count;
    enum ctl_style (*style)(const void *row); /* NULL: all plain */
};

/* Write a heading, and a line a row while there is room. */
void ctl_line_table(struct ctl_lines *lines, const struct ctl_table *table);

#endif
