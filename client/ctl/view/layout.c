/*
 * lines: see lines.h.
 */
#include "client/ctl/view/layout.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "common/text.h"

static const char *const styles[] = {[STYLE_PLAIN] = "",
                                     [STYLE_BOLD] = "\033[1m",
                                     [STYLE_DIM] = "\033[2m",
                                     [STYLE_ALARM] = "\033[31m"};

/* TEXT is changed: cleaned, and cut. All that goes to the terminal goes through here. */
static void put(struct ctl_lines *lines, enum ctl_style style, char text[CTL_LINE_SIZE])
{
    bool coloured = lines->colours && style != STYLE_PLAIN;
    size_t length;

    if (lines->rows == 0)
        return;
    if (lines->rows != SIZE_MAX)
        lines->rows--;
    text_copy_printable(text, text, CTL_LINE_SIZE);
    length = strlen(text);
    if (length > lines->columns) {
        text[lines->columns] = '\0';
        if (lines->columns > 0)
            text[lines->columns - 1] = '~';
        length = lines->columns;
    }
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
    fprintf(lines->out, "%s%s%s\n", coloured ? styles[style] : "", text, coloured ? "\033[0m" : "");
}

void ctl_line(struct ctl_lines *lines, enum ctl_style style, const char *format, ...)
{
    char text[CTL_LINE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put(lines, style, text);
}

void ctl_line_ends(struct ctl_lines *lines, enum ctl_style style, const char *left,
                   const char *const *right)
{
    size_t used = strlen(left) + 2;

    while (*right != NULL && used + strlen(*right) > lines->columns)
        right++;
    if (*right == NULL)
        ctl_line(lines, style, "%s", left);
    else
        ctl_line(lines, style, "%s%*s", left, (int)(lines->columns - used + 2), *right);
}

void ctl_line_items(struct ctl_lines *lines, enum ctl_style style, const char *const *items)
{
    char text[CTL_LINE_SIZE] = "";
    size_t used = 0;

    for (; *items != NULL; items++) {
        if (used > 0 && used + 2 + strlen(*items) > lines->columns) {
            put(lines, style, text);
            used = 0;
        }
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used > 0 ? "  " : "",
                                 *items);
        if (used >= sizeof(text))
            used = sizeof(text) - 1;
    }
    if (used > 0)
        put(lines, style, text);
}

/* How the columns of a table share the width; 0: left out. */
struct layout {
    size_t widths[CTL_COLUMNS_MAX];
    size_t gap;
};

static size_t count_room(const struct ctl_table *table, const struct layout *layout, bool cut)
{
    size_t room = 0;

    for (size_t i = 0; i < table->column_count; i++) {
        size_t width = layout->widths[i];

        if (width == 0)
            continue;
        if (cut && table->columns[i].rest > 0 && width > table->columns[i].rest)
            width = table->columns[i].rest;
        room += width + (room > 0 ? layout->gap : 0);
    }
    return room;
}

/* Leave out the column of the highest rank: false where all that are left have to stay. */
static bool leave_one_out(const struct ctl_table *table, struct layout *layout)
{
    size_t worst = table->column_count;

    for (size_t i = 0; i < table->column_count; i++) {
        if (layout->widths[i] > 0 && table->columns[i].rank > 0 &&
            (worst == table->column_count || table->columns[i].rank > table->columns[worst].rank))
            worst = i;
    }
    if (worst == table->column_count)
        return false;
    layout->widths[worst] = 0;
    return true;
}

/* As wide as its widest cell, among the rows that are shown. */
static size_t measure(const struct ctl_table *table, const struct ctl_column *column, size_t rows)
{
    size_t width = strlen(column->heading);
    char text[CTL_CELL_SIZE];

    for (size_t i = 0; i < rows; i++) {
        column->write(table->rows[i], text);
        if (strlen(text) > width)
            width = strlen(text);
    }
    return width;
}

static struct layout lay_out(const struct ctl_table *table, size_t columns, size_t rows)
{
    struct layout layout = {.gap = 2};
    size_t room;

    for (size_t i = 0; i < table->column_count; i++)
        layout.widths[i] = measure(table, &table->columns[i], rows);
    if (count_room(table, &layout, false) > columns)
        layout.gap = 1;
    while (count_room(table, &layout, true) > columns && leave_one_out(table, &layout))
        ;
    room = count_room(table, &layout, false);
    for (size_t i = 0; i < table->column_count && room > columns; i++) {
        if (table->columns[i].rest > 0 && layout.widths[i] > room - columns)
            layout.widths[i] -= room - columns;
    }
    return layout;
}

/* A cell, and what is between it and the one before it. */
static size_t add_cell(char line[CTL_LINE_SIZE], size_t used, const struct ctl_column *column,
                       size_t width, size_t gap, const char *text)
{
    bool cut = strlen(text) > width;
    int added = snprintf(line + used, CTL_LINE_SIZE - used, "%*s%*.*s%s", used > 0 ? (int)gap : 0,
                         "", column->rest > 0 ? -(int)(width - cut) : (int)(width - cut),
                         (int)(width - cut), text, cut ? "~" : "");

    used += (size_t)added;
    return used < CTL_LINE_SIZE ? used : CTL_LINE_SIZE - 1;
}

/* The line of ROW; NULL: the heading. */
static void put_row(struct ctl_lines *lines, const struct ctl_table *table,
                    const struct layout *layout, const void *row)
{
    enum ctl_style style = row == NULL ? STYLE_DIM : STYLE_PLAIN;
    char line[CTL_LINE_SIZE] = "", text[CTL_CELL_SIZE];
    size_t used = 0;

    if (row != NULL && table->style != NULL)
        style = table->style(row);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct ctl_column *column = &table->columns[i];

        if (layout->widths[i] == 0)
            continue;
        if (row == NULL)
            snprintf(text, sizeof(text), "%s", column->heading);
        else
            column->write(row, text);
        used = add_cell(line, used, column, layout->widths[i], layout->gap, text);
    }
    put(lines, style, line);
}

void ctl_line_table(struct ctl_lines *lines, const struct ctl_table *table)
{
    size_t rows = table->row_count < lines->rows ? table->row_count : lines->rows;
    struct layout layout = lay_out(table, lines->columns, rows);

    put_row(lines, table, &layout, NULL);
    for (size_t i = 0; i < rows; i++)
        put_row(lines, table, &layout, table->rows[i]);
}
