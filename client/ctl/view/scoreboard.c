/*
 * scoreboard: see scoreboard.h.
 */
#include "client/ctl/view/scoreboard.h"

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
    {WORKER_LEAVING, "leaving"},   {WORKER_RUNNING, "program"},
    {WORKER_NONE, "free slot"},
};

enum { STATES = sizeof(states) / sizeof(states[0]) };

/* Return whether a pool of STATUS has a program in place of a worker. */
static bool has_programs(const struct snapshot *status)
{
    for (size_t i = 0; i < status->pool_count; i++) {
        if (status->pools[i].board != NULL &&
            strchr(status->pools[i].board, worker_state_letters[WORKER_RUNNING]) != NULL)
            return true;
    }
    return false;
}

void scoreboard_write_key(struct layout *layout, const struct snapshot *status)
{
    char texts[STATES][KEY_SIZE];
    const char *items[STATES + 1] = {NULL};
    size_t count = 0;

    for (size_t i = 0; i < STATES; i++) {
        if (states[i].state == WORKER_RUNNING && !has_programs(status))
            continue;
        snprintf(texts[i], sizeof(texts[i]), "%c %s", worker_state_letters[states[i].state],
                 states[i].meaning);
        items[count++] = texts[i];
    }
    layout_write_items(layout, STYLE_DIM, items);
}

/* How a line is divided: the name of the pool, if there are several, and letters. */
struct division {
    size_t name, letters;
};

static struct division divide(const struct layout *layout, const struct snapshot *status)
{
    struct division line = {0};
    size_t columns = layout->columns < LAYOUT_LINE_SIZE ? layout->columns : LAYOUT_LINE_SIZE - 1;

    for (size_t i = 0; status->pool_count > 1 && i < status->pool_count; i++) {
        size_t length = status->pools[i].name != NULL ? strlen(status->pools[i].name) : 1;

        if (length > line.name)
            line.name = length < NAME_MAX_WIDTH ? length : NAME_MAX_WIDTH;
    }
    if (line.name > 0)
        line.name += 2;
    if (line.name + NAME_MAX_WIDTH > columns)
        line.name = 0; /* too narrow for both */
    line.letters = columns > line.name ? columns - line.name : 1;
    return line;
}

/* Return how many letters of POOL to show, WIDTH of them a line: all up to the end of the line that
 * has the last worker's. */
static size_t count_letters(const struct snapshot_pool *pool, size_t width)
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

/* Write up to LIMIT lines of the scoreboard of POOL. Returns how many letters they have. */
static size_t write_pool(struct layout *layout, const struct snapshot_pool *pool,
                         const struct division *line, size_t limit)
{
    size_t letters = count_letters(pool, line->letters), done = 0;
    char name[NAME_MAX_WIDTH + 1];

    text_copy_printable(pool->name, name, sizeof(name));
    for (size_t i = 0; i < limit && done < letters; i++) {
        size_t part = letters - done < line->letters ? letters - done : line->letters;

        layout_write_line(layout, STYLE_PLAIN, "%-*.*s%.*s", (int)line->name,
                          i == 0 && line->name > 0 ? (int)line->name - 2 : 0, name, (int)part,
                          pool->board + done);
        done += part;
    }
    return done;
}

static void write_pools(struct layout *layout, const struct snapshot *status, size_t limit)
{
    struct division line = divide(layout, status);
    size_t needed = 0, letters = 0;

    for (size_t i = 0; i < status->pool_count; i++) {
        size_t count = count_letters(&status->pools[i], line.letters);

        needed += count_lines(count, line.letters);
        letters += count;
    }
    if (needed > limit && limit > 0)
        limit--; /* for the line that says how many slots are not shown */
    for (size_t i = 0; i < status->pool_count && limit > 0; i++) {
        size_t done = write_pool(layout, &status->pools[i], &line, limit);

        letters -= done;
        limit -= count_lines(done, line.letters);
    }
    if (letters > 0)
        layout_write_line(layout, STYLE_DIM, "... and %zu more slots", letters);
}

void scoreboard_write(struct layout *layout, const struct snapshot *status, size_t below)
{
    size_t limit = SIZE_MAX;

    scoreboard_write_key(layout, status);
    if (layout->rows != SIZE_MAX) {
        limit = layout->rows / 2;
        if (layout->rows > below && layout->rows - below > limit)
            limit = layout->rows - below;
    }
    write_pools(layout, status, limit);
}
