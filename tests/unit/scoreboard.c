/*
 * Unit tests of client/ctl/view/scoreboard: which letters are shown on how many rows.
 */
#include "client/ctl/view/scoreboard.h"

#include <stdlib.h>

#include "tests/unit/tap.h"

static const char key[] = "_ idle  W busy  S starting  R to be replaced  G leaving  . free slot\n";

/* Check what is shown of POOLS, COUNT of them, on ROWS rows of COLUMNS, less BELOW, without the
 * key. */
static void expect(const struct snapshot_pool *pools, size_t count, struct layout layout,
                   size_t below, const char *expected, const char *title)
{
    struct snapshot_pool copies[3];
    const struct snapshot status = {.pools = copies, .pool_count = count};
    char *text = NULL, *rest;
    size_t size;

    memcpy(copies, pools, count * sizeof(*pools));
    layout.out = open_memstream(&text, &size);
    if (layout.out == NULL)
        abort();
    scoreboard_write(&layout, &status, below);
    fclose(layout.out);
    rest = strstr(text, ". free slot\n");
    is_text(rest == NULL ? text : strchr(rest, '\n') + 1, expected, "%s", title);
    free(text);
}

static void test_free_slots(void)
{
    char board[1001] = "";
    const struct snapshot_pool pool = {.name = "main", .board = board};
    const struct layout narrow = {.columns = 20, .rows = 24}, wide = {.columns = 80, .rows = 24};

    memset(board, '.', 1000);
    memset(board, 'W', 22);
    expect(&pool, 1, narrow, 0, "WWWWWWWWWWWWWWWWWWWW\nWW..................\n",
           "free slots behind the last worker's line are left out");
    board[22] = '\0';
    expect(&pool, 1, wide, 0, "WWWWWWWWWWWWWWWWWWWWWW\n",
           "a scoreboard is no longer than its pool");
    board[0] = '\0';
    expect(&pool, 1, wide, 0, "", "a pool without slots has none");
}

static void test_rows(void)
{
    const struct snapshot_pool pools[] = {
        {.name = "main", .board = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"},
        {.name = "a name that is long", .board = "_W"},
        {.name = "b\033", .board = NULL},
    };
    struct layout layout = {.columns = 30, .rows = SIZE_MAX};

    expect(pools, 3, layout, 0,
           "main          WWWWWWWWWWWWWWWW\n              WWWWWWWWWWWWWWWW\na name that   _W\n",
           "with several pools each line has a name, cut to 12 characters");
    layout.rows = 8;
    expect(pools, 3, layout, 3, "main          WWWWWWWWWWWWWWWW\n... and 18 more slots\n",
           "what has no room is counted");
    expect(pools, 3, layout, 0,
           "main          WWWWWWWWWWWWWWWW\n              WWWWWWWWWWWWWWWW\na name that   _W\n",
           "rows that are not needed below are used");
    layout.columns = 20;
    layout.rows = 20;
    expect(pools, 2, layout, 0, "WWWWWWWWWWWWWWWWWWWW\nWWWWWWWWWWWW\n_W\n",
           "a narrow terminal has no names");
}

/* Check the key where there is one pool with that BOARD. */
static void expect_key(const char *board, const char *expected, const char *title)
{
    struct snapshot_pool pool = {.name = "main", .board = board};
    const struct snapshot status = {.pools = &pool, .pool_count = 1};
    char *text = NULL;
    size_t size;
    struct layout layout = {.out = open_memstream(&text, &size), .columns = 80, .rows = 1};

    if (layout.out == NULL)
        abort();
    scoreboard_write_key(&layout, &status);
    fclose(layout.out);
    is_text(text, expected, "%s", title);
    free(text);
}

static void test_key(void)
{
    expect_key("W", key, "the key has each letter of workers");
    expect_key("SPP.",
               "_ idle  W busy  S starting  R to be replaced  G leaving  P program  . free slot\n",
               "and that of resident programs where there are some");
}

int main(void)
{
    test_free_slots();
    test_rows();
    test_key();
    return tap_end();
}
