/*
 * layout: lines and tables of text that fit a terminal. No line is wider than the terminal, there
 * are no more lines than it has rows, and no control characters reach it but those of the colours.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_LAYOUT_H
#define PREFORKD_CLIENT_CTL_VIEW_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { LAYOUT_LINE_SIZE = 1024, LAYOUT_CELL_SIZE = 128 };

struct layout {
    FILE *out;
    size_t columns;
    size_t rows; /* how many lines may still be written; SIZE_MAX: any number */
    bool colours;
};

enum layout_style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_ALARM };

/* Write a line, cut with a `~` where it is too long; nothing if no row is left. */
__attribute__((format(printf, 3, 4))) void
layout_write_line(struct layout *layout, enum layout_style style, const char *format, ...);

/* Write LEFT and, at the end of the line, the first of the texts RIGHT that has room. NULL ends
 * RIGHT. */
void layout_write_ends(struct layout *layout, enum layout_style style, const char *left,
                       const char *const *right);

/* Write ITEMS, which NULL ends, two blanks apart, on as many lines as they need. */
void layout_write_items(struct layout *layout, enum layout_style style, const char *const *items);

struct layout_column {
    const char *heading;
    /* On a narrow terminal columns are left out, that of the highest rank first, one of rank 0
     * never. */
    unsigned rank;
    /* If that is not enough, cells are cut to this many characters; 0: never. A table has one such
     * column at most, and it is the one that is aligned left. */
    size_t cut_to;
    /* What the cells show, for the table's `write`; columns.h has what it makes of these. */
    int content;
    uint32_t argument;
    size_t stat;
};

enum { LAYOUT_COLUMNS_MAX = 16 };

struct layout_table {
    const struct layout_column *columns;
    size_t column_count; /* up to LAYOUT_COLUMNS_MAX */
    const void *const *rows;
    size_t row_count;
    void (*write)(const struct layout_column *column, const void *row, char cell[LAYOUT_CELL_SIZE]);
    enum layout_style (*style)(const void *row); /* NULL: all plain */
};

/* Write a heading, and a line for each row of TABLE while there is room. */
void layout_write_table(struct layout *layout, const struct layout_table *table);

#endif
