/*
 * Unit tests of server/worker/connection/source_limit: until when a connection counts.
 */
#include "server/worker/connection/source_limit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/number.h"
#include "tests/unit/tap.h"

static struct source_share share;
static size_t answer_size; /* bytes that the service sends */
static bool counts;        /* its connection, once they have been sent */

static bool has_place(void)
{
    return atomic_load(&share.pages->seats[share.seat].word) != 0;
}

static void answer_request(struct preforkd_connection *served,
                           const struct preforkd_operations *ops)
{
    static char bytes[4096];

    ops->request(served, bytes, 1);
    ops->answer(served, bytes, answer_size);
    counts = has_place();
}

static void conclude(struct preforkd_connection *served, const struct preforkd_operations *ops)
{
    static const char bytes[4096];

    ops->conclude(served, bytes, answer_size);
    counts = has_place();
}

/* Serve a client by STREAM in a pool of CONFIG, and return whether its connection still counted
 * after SIZE bytes had been sent to it. */
static bool serve(const struct pool_config *config,
                  void (*stream)(struct preforkd_connection *, const struct preforkd_operations *),
                  size_t size)
{
    static struct worker_page page;
    static struct pool_hints hints;
    const struct service service = {.name = "test", .stream = stream};
    struct connection connection;
    int ends[2];

    answer_size = size;
    page.peer.any.sa_family = AF_UNIX;
    connection_init(&connection, config, &service, &page, &hints, 0, -1);
    source_limit_begin(&share, config, &connection);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 || write(ends[1], "A", 1) != 1)
        abort();
    source_limit_serve(&connection, ends[0]);
    close(ends[1]);
    return counts;
}

int main(void)
{
    struct pool_config config = {.name = "main",
                                 .mode = MODE_UNIX,
                                 .requests_per_connection = 1,
                                 .max_per_source = 1,
                                 .max_rate_per_source = NUMBER_UNLIMITED};
    struct source_board *board = source_board_create();
    size_t seat;

    if (board == NULL || source_board_take_seat(board, &seat) < 0)
        abort();
    share = source_board_at(board, seat);
    ok(!serve(&config, answer_request, 1), "a place is free before a short answer leaves");
    ok(!serve(&config, conclude, 128), "and before a short last word");
    ok(serve(&config, answer_request, 4096), "a longer answer may wait for its client, and counts");
    ok(serve(&config, conclude, 4096), "so does a longer last word");
    ok(!has_place(), "until the connection is closed");
    config.requests_per_connection = 10;
    ok(serve(&config, answer_request, 1), "one that may have more requests counts");
    ok(!serve(&config, conclude, 128), "but not after its last word");
    config.linger_ns = 1;
    ok(serve(&config, conclude, 128), "which does not end it where the worker lingers");
    source_board_leave(board);
    return tap_end();
}
