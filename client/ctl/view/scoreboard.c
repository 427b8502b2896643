/*
 * board: see board.h.
 */
#include "client/ctl/view/scoreboard.h"

#include <stdint.h>
#include <string.h>

#include "common/text.h"

enum { NAME_MAX_WIDTH = 12, KEY_SIZE = 32 };

/* In the order of the key. */
static const struct {
    enum worker_state state;
    const char *meaning;
} states[] = {
    {WORKER_IDLE, "idle"},         {WORKER_BUSY, "busy"},
    {WORKER_STARTING, "starting"}, {WORKER_SPENT, "to be replaced"},
    {WORKER_LEAVING, "leaving"},   {WORKER_NONE, "free slot"},
};

enum { STATES = sizeof(states) / sizeof(states[0]) };

void ctl_board_write_key(struct ctl_lines *lines)
{
    char texts[STATES][KEY_SIZE];
    const char *items[STATES + 1] = {NULL};

    for (size_t i = 0; i < STATES; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%c %s", worker_state_letters[states[i].state],
                 states[i].meaning);
        items[i] = texts[i];
    }
    ctl_line_items(lines, STYLE_DIM, items);
}

/* How the boards stand: a name, where there are several, and WIDTH letters a line. */
struct layout {
    size_t name, width;
};

static struct layout lay_out(const struct ctl_lines *lines, const struct ctl_snapshot *status)
{
    struct layout layout = {0};
    size_t columns = lines->columns < CTL_LINE_SIZE ? lines->columns : CTL_LINE_SIZE - 1;

    for (size_t i = 0; status->pool_count > 1 && i < status->pool_count; i++) {
        size_t length = status->pools[i].name != NULL ? strlen(status->pools[i].name) : 1;

        if (length > layout.name)
            layout.name = length < NAME_MAX_WIDTH ? length : NAME_MAX_WIDTH;
    }
    if (layout.name > 0)
        layout.name += 2;
    if (layout.name + NAME_MAX_WIDTH > columns)
        layout.name = 0; /* too narrow for both */
    layout.width = columns > layout.name ? columns - layout.name : 1;
    return layout;
}

/* The letters to show: to the end of the line of the last worker's. */
static size_t count_letters(const struct ctl_pool *pool, size_t width)
{
    size_t length = pool->board != NULL ? strlen(pool->board) : 0, used = length, whole;

    while (used > 0 && pool->board[used - 1] == worker_state_letters[WORKER_NONE])
        used--;
    whole = used == 0 ? width : (used + width - 1) / width * width;
    return whole < length ? whole : length;
}

static size_t count_lines(size_t letters, size_t width)
{
    return (letters + width - 1) / width;
}

/* Up to LIMIT lines of one board; how many letters they have. */
static size_t write_one(struct ctl_lines *lines, const struct ctl_pool *pool,
                        const struct layout *layout, size_t limit)
{
    size_t letters = count_letters(pool, layout->width), done = 0;
    char name[NAME_MAX_WIDTH + 1];

    text_copy_printable(pool->name, name, sizeof(name));
    for (size_t i = 0; i < limit && done < letters; i++) {
        size_t part = letters - done < layout->width ? letters - done : layout->width;

        ctl_line(lines, STYLE_PLAIN, "%-*.*s%.*s", (int)layout->name,
                 i == 0 && layout->name > 0 ? (int)layout->name - 2 : 0, name, (int)part,
                 pool->board + done);
        done += part;
    }
    return done;
}

static void write_boards(struct ctl_lines *lines, const struct ctl_snapshot *status, size_t limit)
{
    struct layout layout = lay_out(lines, status);
    size_t needed = 0, letters = 0;

    for (size_t i = 0; i < status->pool_count; i++) {
        size_t count = count_letters(&status->pools[i], layout.width);

        needed += count_lines(count, layout.width);
        letters += count;
    }
    if (needed > limit && limit > 0)
        limit--; /* for the line that says so */
    for (size_t i = 0; i < status->pool_count && limit > 0; i++) {
        size_t done = write_one(lines, &status->pools[i], &layout, limit);

        letters -= done;
        limit -= count_lines(done, layout.width);
    }
    if (letters > 0)
        ctl_line(lines, STYLE_DIM, "... and %zu more slots", letters);
}

void ctl_board_write(struct ctl_lines *lines, const struct ctl_snapshot *status, size_t below)
{
    size_t limit = SIZE_MAX;

    ctl_board_write_key(lines);
    if (lines->rows != SIZE_MAX) {
        limit = lines->rows / 2;
        if (lines->rows > below && lines->rows - below > limit)
            limit = lines->rows - below;
    }
    write_boards(lines, status, limit);
}
