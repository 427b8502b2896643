/*
 * source_list: see source_list.h.
 *
 * The lines are not added up here: a pool may have 10,000 sources, and the master sorts nothing for
 * a client. Between two pieces of a reply a reload may put another pool at the place of the first,
 * even one that does not count sources: each piece has the name of its own.
 */
#include "server/control/source_list.h"

#include <sys/socket.h>

#include "common/clock.h"
#include "server/control/survey.h"
#include "server/scoreboard/source_board.h"
#include "server/scoreboard/source_key.h"

enum { LINE_SIZE = 128, REFUSALS = SOURCE_REFUSAL_SETS * SOURCE_REFUSALS };

/* Returns the source of the connection that the worker of SLOT has; SOURCE_KEY_NONE: it has none.
 * In a pool that does not count sources it is what the page of the worker says of its client. */
static uint64_t source_at(const struct pool *pool, size_t slot)
{
    struct look look = survey_look(pool, slot, clock_coarse_ns());
    union endpoint_address peer;

    if (look.state == WORKER_NONE || !look.sees_clients)
        return SOURCE_KEY_NONE;
    if (pool->sources != NULL && pool->config->type == SOCK_STREAM)
        return source_board_source(pool->sources, look.slot->seat);
    if (!look.busy || look.awaits_header)
        return SOURCE_KEY_NONE;
    peer = look.page->peer;
    return source_key_of_address(&peer);
}

static void print_active(const struct pool *pool, size_t slot, struct reply *reply)
{
    uint64_t key = source_at(pool, slot);
    char text[SOURCE_TEXT_SIZE];

    if (key == SOURCE_KEY_NONE)
        return;
    source_key_print(key, text);
    reply_print(reply, "source 1 %s %s", pool->sources == NULL ? "-" : "0", text);
}

static void print_refused(const struct pool *pool, size_t index, struct reply *reply)
{
    uint64_t key, count = source_board_refused(pool->sources, index, &key);
    char text[SOURCE_TEXT_SIZE];

    if (count == 0)
        return;
    source_key_print(key, text);
    reply_print(reply, "source 0 %llu %s", (unsigned long long)count, text);
}

/* The refusals are those of all generations: the pool in force shows them. */
static bool shows_refusals(const struct master *master, const struct pool *pool)
{
    return pool->sources != NULL && master_find_pool(master, pool->config->name) == pool;
}

size_t source_list_print(const struct master *master, size_t index, size_t from,
                         struct reply *reply)
{
    const struct pool *pool = master_pool_at(master, index);

    reply_print(reply, "pool %s", pool->config->name);
    if (from < REFUSALS && !shows_refusals(master, pool))
        from = REFUSALS;
    for (; from < REFUSALS + pool->slots->size; from++) {
        if (reply->length + LINE_SIZE > sizeof(reply->piece))
            return from;
        if (from < REFUSALS)
            print_refused(pool, from, reply);
        else
            print_active(pool, from - REFUSALS, reply);
    }
    return 0;
}
