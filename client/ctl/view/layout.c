/*
 * layout: see layout.h.
 */
#include "client/ctl/view/layout.h"

#include <stdarg.h>
#include <string.h>

#include "common/text.h"

static const char *const styles[] = {[STYLE_PLAIN] = "",
                                     [STYLE_BOLD] = "\033[1m",
                                     [STYLE_DIM] = "\033[2m",
                                     [STYLE_ALARM] = "\033[31m"};

/* Write TEXT, which is cleaned and cut in place. All output passes here. */
static void put(struct layout *layout, enum layout_style style, char text[LAYOUT_LINE_SIZE])
{
    bool coloured = layout->colours && style != STYLE_PLAIN;
    size_t length;

    if (layout->rows == 0)
        return;
    if (layout->rows != SIZE_MAX)
        layout->rows--;
    text_copy_printable(text, text, LAYOUT_LINE_SIZE);
    length = strlen(text);
    if (length > layout->columns) {
        text[layout->columns] = '\0';
        if (layout->columns > 0)
            text[layout->columns - 1] = '~';
        length = layout->columns;
    }
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
    fprintf(layout->out, "%s%s%s\n", coloured ? styles[style] : "", text,
            coloured ? "\033[0m" : "");
}

void layout_write_line(struct layout *layout, enum layout_style style, const char *format, ...)
{
    char text[LAYOUT_LINE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    put(layout, style, text);
}

void layout_write_ends(struct layout *layout, enum layout_style style, const char *left,
                       const char *const *right)
{
    size_t used = strlen(left) + 2;

    while (*right != NULL && used + strlen(*right) > layout->columns)
        right++;
    if (*right == NULL)
        layout_write_line(layout, style, "%s", left);
    else
        layout_write_line(layout, style, "%s%*s", left, (int)(layout->columns - used + 2), *right);
}

void layout_write_items(struct layout *layout, enum layout_style style, const char *const *items)
{
    char text[LAYOUT_LINE_SIZE] = "";
    size_t used = 0;

    for (; *items != NULL; items++) {
        if (used > 0 && used + 2 + strlen(*items) > layout->columns) {
            put(layout, style, text);
            used = 0;
        }
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used > 0 ? "  " : "",
                                 *items);
        if (used >= sizeof(text))
            used = sizeof(text) - 1;
    }
    if (used > 0)
        put(layout, style, text);
}

/* How wide each column of a table is; 0: left out. */
struct grid {
    size_t widths[LAYOUT_COLUMNS_MAX];
    size_t gap;
};

/* Return the width of the table: with whole cells, or with cells cut as far as they may be. */
static size_t total_width(const struct layout_table *table, const struct grid *grid, bool cut)
{
    size_t total = 0;

    for (size_t i = 0; i < table->column_count; i++) {
        size_t width = grid->widths[i];

        if (width == 0)
            continue;
        if (cut && table->columns[i].cut_to > 0 && width > table->columns[i].cut_to)
            width = table->columns[i].cut_to;
        total += width + (total > 0 ? grid->gap : 0);
    }
    return total;
}

/* Leave out the column of the highest rank. Returns false if all that are left have to stay. */
static bool leave_one_out(const struct layout_table *table, struct grid *grid)
{
    size_t worst = table->column_count;

    for (size_t i = 0; i < table->column_count; i++) {
        if (grid->widths[i] > 0 && table->columns[i].rank > 0 &&
            (worst == table->column_count || table->columns[i].rank > table->columns[worst].rank))
            worst = i;
    }
    if (worst == table->column_count)
        return false;
    grid->widths[worst] = 0;
    return true;
}

/* Return the width of the widest cell of COLUMN, its heading included, in the first ROWS rows. */
static size_t measure(const struct layout_table *table, const struct layout_column *column,
                      size_t rows)
{
    size_t width = strlen(column->heading);
    char cell[LAYOUT_CELL_SIZE];

    for (size_t i = 0; i < rows; i++) {
        table->write(column, table->rows[i], cell);
        if (strlen(cell) > width)
            width = strlen(cell);
    }
    return width;
}

/* Divide COLUMNS characters: narrow the gaps, then leave columns out, then cut one. */
static struct grid lay_out(const struct layout_table *table, size_t columns, size_t rows)
{
    struct grid grid = {.gap = 2};
    size_t total;

    for (size_t i = 0; i < table->column_count; i++)
        grid.widths[i] = measure(table, &table->columns[i], rows);
    if (total_width(table, &grid, false) > columns)
        grid.gap = 1;
    while (total_width(table, &grid, true) > columns && leave_one_out(table, &grid))
        ;
    total = total_width(table, &grid, false);
    for (size_t i = 0; i < table->column_count && total > columns; i++) {
        if (table->columns[i].cut_to > 0 && grid.widths[i] > total - columns)
            grid.widths[i] -= total - columns;
    }
    return grid;
}

/* Append a cell to LINE, of which USED characters are, behind a GAP unless it is the first. Returns
 * how many characters are used then. */
static size_t add_cell(char line[LAYOUT_LINE_SIZE], size_t used, const struct layout_column *column,
                       size_t width, size_t gap, const char *cell)
{
    bool cut = strlen(cell) > width;
    int kept = (int)(width - cut);
    int added =
        snprintf(line + used, LAYOUT_LINE_SIZE - used, "%*s%*.*s%s", used > 0 ? (int)gap : 0, "",
                 column->cut_to > 0 ? -kept : kept, kept, cell, cut ? "~" : "");

    used += (size_t)added;
    return used < LAYOUT_LINE_SIZE ? used : LAYOUT_LINE_SIZE - 1;
}

/* Write the line of ROW, or of the headings if it is NULL. */
static void put_row(struct layout *layout, const struct layout_table *table,
                    const struct grid *grid, const void *row)
{
    enum layout_style style = row == NULL ? STYLE_DIM : STYLE_PLAIN;
    char line[LAYOUT_LINE_SIZE] = "", cell[LAYOUT_CELL_SIZE];
    size_t used = 0;

    if (row != NULL && table->style != NULL)
        style = table->style(row);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct layout_column *column = &table->columns[i];

        if (grid->widths[i] == 0)
            continue;
        if (row == NULL)
            snprintf(cell, sizeof(cell), "%s", column->heading);
        else
            table->write(column, row, cell);
        used = add_cell(line, used, column, grid->widths[i], grid->gap, cell);
    }
    put(layout, style, line);
}

void layout_write_table(struct layout *layout, const struct layout_table *table)
{
    size_t rows = table->row_count < layout->rows ? table->row_count : layout->rows;
    struct grid grid = lay_out(table, layout->columns, rows);

    put_row(layout, table, &grid, NULL);
    for (size_t i = 0; i < rows; i++)
        put_row(layout, table, &grid, table->rows[i]);
}
