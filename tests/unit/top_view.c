/*
 * Unit tests of client/ctl/view/top_view: what `preforkctl top` shows fits any terminal, has what
 * matters on a small one, and of a peer's name only printable characters reach the terminal.
 */
#include "client/ctl/view/top_view.h"

#include <stdlib.h>

#include "common/clock.h"
#include "tests/unit/tap.h"

enum { POOLS_MAX = 40, WORKERS = 10000 };

static struct snapshot_pool pools[POOLS_MAX], listed_pools[POOLS_MAX];
static struct snapshot_worker workers[WORKERS];
static char board[WORKERS + 1];

/* What the master answers to `status`, and to `workers`. */
static struct snapshot status, listed;

/* Make COUNT workers, every third of them busy, and their scoreboard. */
static void make_workers(size_t count)
{
    static const char letters[] = "W__", peers[][16] = {"127.0.0.1:4711", "127.0.0.1:99", "@x y"};

    memset(board, 0, sizeof(board));
    for (size_t i = 0; i < count; i++) {
        board[i] = letters[i % 3];
        workers[i] = (struct snapshot_worker){
            .slot = i,
            .pid = 5000 + (pid_t)i,
            .generation = 1,
            .state = i % 3 == 0 ? WORKER_BUSY : WORKER_IDLE,
            .since_ns = (int64_t)(i * 7919 % 1000) * 100 * NS_PER_MS,
            .connections = (int64_t)i,
            .peer = i % 3 == 0 ? peers[i / 3 % 3] : NULL,
        };
    }
}

/* Make COUNT pools, the first with WORKER_COUNT workers, the others with none. */
static void make(size_t count, size_t worker_count)
{
    make_workers(worker_count);
    for (size_t i = 0; i < count; i++) {
        pools[i] = (struct snapshot_pool){.name = i == 0 ? "main" : "other",
                                          .endpoint = "unix:s",
                                          .state = "running",
                                          .board = i == 0 ? board : "__"};
        listed_pools[i] = pools[i];
    }
    pools[0].stats = (struct pool_stats){.busy = (int64_t)(worker_count + 2) / 3,
                                         .workers = (int64_t)worker_count,
                                         .max = (int64_t)worker_count,
                                         .queue = 7,
                                         .accepted_1s = 31415};
    pools[0].took[duration_bucket(NS_PER_MS)] = 100;
    listed_pools[0].workers = workers;
    listed_pools[0].worker_count = worker_count;
    status = (struct snapshot){.pid = 4242,
                               .uptime_ns = 100000 * NS_PER_S,
                               .version = "0.1.0",
                               .phase = "running",
                               .pools = pools,
                               .pool_count = count};
    listed = (struct snapshot){.pools = listed_pools, .pool_count = count};
}

/* Return what top shows, until the next call. */
static char *compose(const struct top_view *view)
{
    static char *text;

    free(text);
    text = top_view_compose(&status, &listed, view);
    if (text == NULL)
        abort();
    return text;
}

/* Check GOOD, and print TEXT if it is not. */
static void judge(bool good, const char *text, const char *title)
{
    if (!ok(good, "%s", title))
        tap_comment("got: ", text);
}

/* Return whether TEXT, without colours, has at most ROWS lines (0: any number) of at most COLUMNS
 * characters, all of them printable. */
static bool fits(const char *text, size_t columns, size_t rows)
{
    size_t count = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        for (size_t i = 0; i < length; i++) {
            if (text[i] < ' ' || text[i] > '~')
                return false;
        }
        if (length > columns || text[length] != '\n')
            return false;
        text += length + 1;
        count++;
    }
    return rows == 0 || count <= rows;
}

static void test_whole(void)
{
    struct top_view view = {.columns = 80};
    char *text;

    make(1, 4);
    text = compose(&view);
    is_text(text,
            "preforkd 0.1.0, pid 4242, up 1d3h, running\n"
            "\n"
            "pool  busy  workers  max  queue  conns/s     p99  crashes\n"
            "main     2        4    4      7    31415  1.05ms        0\n"
            "\n"
            "_ idle  W busy  S starting  R to be replaced  G leaving  . free slot\n"
            "W__W\n"
            "\n"
            "2 busy, by time\n"
            "slot   pid      time  conns  client\n"
            "   3  5003  W  1m15s      3  127.0.0.1:99\n"
            "   0  5000  W    0ms      0  127.0.0.1:4711\n",
            "one pool, all of it, for no terminal");
}

static void test_orders(void)
{
    struct top_view view = {.columns = 80, .rows = 24, .order = ORDER_SLOT};
    char *text;

    make(1, 4);
    text = compose(&view);
    ok(strstr(text, "2 busy, by slot                                        "
                    "s: sort  h: help  q: quit\n") != NULL,
       "the order is in the heading, with the keys");
    ok(strstr(text, "   0  5000") < strstr(text, "   3  5003"), "by slot");
    view.order = ORDER_CONNECTIONS;
    text = compose(&view);
    ok(strstr(text, "2 busy, by connections") != NULL &&
           strstr(text, "   0  5000") > strstr(text, "   3  5003"),
       "by connections, the most first");
}

static void test_rates(void)
{
    struct sparkline rates = {.count = 0};
    struct top_view view = {.columns = 80, .rows = 24, .rates = &rates};
    char *text;

    make(1, 4);
    sparkline_add(&rates, 1000);
    text = compose(&view);
    judge(strstr(text, "most:") == NULL, text, "one rate is no line");
    for (int64_t i = 0; i <= 8; i++)
        sparkline_add(&rates, i == 4 ? STAT_UNKNOWN : i * 100);
    sparkline_add(&rates, 1);
    text = compose(&view);
    judge(strstr(text, "\nconns/s  #_.:: ==++.  most: 1000\n\n_ idle") != NULL, text,
          "the rates of the last seconds are below the pools");
    view.columns = 35;
    text = compose(&view);
    judge(strstr(text, "\nconns/s  _.:- =+*#.  most: 800\n") != NULL, text,
          "on a narrow terminal the last of them, by their own scale");
    for (size_t i = 0; i < 2 * (size_t)SPARKLINE_MAX; i++)
        sparkline_add(&rates, INT64_MAX);
    view.columns = 300;
    text = compose(&view);
    is_number(strspn(strstr(text, "conns/s  #") + strlen("conns/s  "), "#"), SPARKLINE_MAX,
              "of the greatest numbers as many as are kept");
    view.rows = 19;
    text = compose(&view);
    judge(strstr(text, "most:") == NULL, text, "and none where rows are few");
}

static void test_small(void)
{
    struct top_view view = {.columns = 40, .rows = 12};
    char *text;

    make(2, 300);
    text = compose(&view);
    is_text(text,
            "pid 4242, running, up 1d3h, 0.1.0\n"
            "pool  busy max queue conns/s    p99\n"
            "main   100 300     7   31415 1.05ms\n"
            "other    0   0     0       0      -\n"
            "_ idle  W busy  S starting\n"
            "R to be replaced  G leaving  . free slot\n"
            "main   W__W__W__W__W__W__W__W__W__W__W__\n"
            "       W__W__W__W__W__W__W__W__W__W__W__\n"
            "... and 236 more slots\n"
            "100 busy, by time       h: help  q: quit\n"
            "slot  pid  time client         pool\n"
            " 210 5210 1m39s 127.0.0.1:99   main\n",
            "40 columns, 12 rows");
    view.help = true;
    text = compose(&view);
    judge(fits(text, 40, 12) && strchr(text, '~') == NULL && strstr(text, ". free slot\n") != NULL,
          text, "the help is whole");
}

static void test_trouble(void)
{
    struct top_view view = {.columns = 40, .rows = 12};
    char *text;

    make(2, 300);
    view.trouble = "no answer for 3.0s, retrying: cannot connect to unix:s: Connection refused";
    text = compose(&view);
    ok(strstr(text, "\nno answer for 3.0s, retrying: cannot co~\n") == strchr(text, '\n'),
       "trouble goes second, cut to the width");
    ok(fits(text, 40, 12), "and takes no row more");
}

/* Return whether what there is fits terminals of every size. */
static bool fits_any_terminal(void)
{
    static const struct sparkline full = {.values = {1, 2, INT64_MAX}, .count = SPARKLINE_MAX};
    bool good = true;

    for (size_t columns = 1; columns < 200; columns += columns < 20 ? 1 : 13) {
        for (size_t rows = 1; rows < 60; rows += rows < 20 ? 1 : 7) {
            struct top_view view = {.columns = columns,
                                    .rows = rows,
                                    .order = (enum worker_order)(columns % WORKER_ORDERS),
                                    .rates = &full,
                                    .help = rows % 5 == 0,
                                    .trouble = rows % 4 == 0 ? "no answer" : NULL};
            char *text = compose(&view);

            if (!fits(text, columns, rows))
                tap_comment("too large: ", text), good = false;
        }
    }
    return good;
}

static void test_sizes(void)
{
    static const struct {
        size_t pools, workers;
    } cases[] = {{0, 0}, {1, 0}, {1, 1}, {1, WORKERS}, {3, 100}, {POOLS_MAX, 16}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        make(cases[i].pools, cases[i].workers);
        status.pool_count = listed.pool_count = cases[i].pools;
        ok(fits_any_terminal(), "%zu pools and %zu workers fit any terminal", cases[i].pools,
           cases[i].workers);
    }
}

static void test_many(void)
{
    size_t tall = 0;

    make(1, WORKERS);
    for (size_t rows = 0; rows <= 24; rows += 24) {
        struct top_view view = {.columns = 80, .rows = rows};
        char *text = compose(&view);

        for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
            tall += rows == 24;
        ok(fits(text, 80, rows), "%d workers at %zu rows", WORKERS, rows);
        ok(rows > 0 || (strstr(text, "\n9999  ") != NULL && strstr(text, "more") == NULL),
           "all of them, where there is no terminal");
    }
    is_number(tall, 24, "a terminal is filled");
}

static void test_narrow_columns(void)
{
    struct top_view view = {.columns = 30, .rows = 12};
    char *text;

    make(1, 4);
    pools[0].name = "a-pool-of-a-rather-long-name-for-a-narrow-terminal";
    pools[0].stats.queue = STAT_UNKNOWN;
    text = compose(&view);
    judge(strstr(text, "\na-pool-of-~    2     ?   31415\n") != NULL, text,
          "a long name is cut, and what matters less is left out");
    view.columns = 120;
    text = compose(&view);
    judge(strstr(text, "\na-pool-of-a-rather-long-name-for-a-narrow-terminal  ") != NULL, text,
          "a long name is whole where there is room");
}

static void test_controls(void)
{
    struct top_view view = {.columns = 80, .trouble = "\033[2J\n"};
    char *text, *colour;

    make(1, 3);
    status.version = "\033]0;x\007";
    status.phase = "run\nning\x9b"
                   "1m";
    pools[0].name = "\033[31m\r";
    pools[0].board = "W\b_";
    workers[0].peer = "@\033[2J\xc3\xa4\t";
    text = compose(&view);
    judge(fits(text, 80, 0), text, "no control character reaches the terminal");
    ok(strstr(text, "@?[2J???\n") != NULL, "each is shown as one `?`");
    status.version = status.phase = pools[0].name = pools[0].board = NULL;
    text = compose(&view);
    judge(strncmp(text, "preforkd ?, pid 4242, up 1d3h, ?\n", 33) == 0, text,
          "what is unknown is a `?`");
    view.colours = true;
    view.trouble = "gone";
    text = compose(&view);
    ok(strncmp(text, "\033[1mpreforkd ", 13) == 0 &&
           (colour = strstr(text, "\n\033[31mgone\033[0m\n")) != NULL && colour[0] == '\n',
       "colours where they are wanted");
}

int main(void)
{
    test_whole();
    test_orders();
    test_rates();
    test_small();
    test_trouble();
    test_sizes();
    test_many();
    test_narrow_columns();
    test_controls();
    return tap_end();
}
