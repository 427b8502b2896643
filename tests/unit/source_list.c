/*
 * Unit tests of server/control/source_list: a list that a client reads slowly, while a reload puts
 * another pool at the place where it stopped.
 */
#include "server/control/source_list.h"

#include <stdlib.h>
#include <string.h>

#include "server/scoreboard/source_board.h"
#include "server/scoreboard/source_key.h"
#include "tests/unit/tap.h"

enum { SOURCES = 1500 };

static const struct pool_config config = {.name = "main"};
static struct slots slots;
static struct pool pool = {.generation = 1, .config = &config, .slots = &slots};
static const struct master master = {.generation = 1, .pools = &pool};

/* Make the next piece, from FROM on, and count its sources in *SOURCES. Returns where to go on. */
static size_t go_on(size_t from, size_t *sources)
{
    static struct reply reply;

    reply.length = 0;
    from = source_list_print(&master, 0, from, &reply);
    reply.piece[reply.length] = '\0';
    ok(strncmp(reply.piece, "pool main\n", 10) == 0, "a piece begins with the name of its pool");
    for (const char *line = reply.piece; (line = strstr(line, "\nsource 0 1 ")) != NULL; line++)
        ++*sources;
    return from;
}

static void refuse_many(void)
{
    struct source_share share = source_board_at(pool.sources, 0);

    for (uint32_t i = 0; i < SOURCES; i++)
        source_share_note_refused(&share, source_key_of_user(i));
}

/* Return how many sources source_list has to list. */
static size_t count_entries(void)
{
    uint64_t key;
    size_t count = 0;

    for (size_t i = 0; i < (size_t)SOURCE_REFUSAL_SETS * SOURCE_REFUSALS; i++)
        count += source_board_refused(pool.sources, i, &key) == 1;
    return count;
}

int main(void)
{
    size_t from = 0, pieces = 0, sources = 0, stopped_at = 0;

    pool.sources = source_board_create();
    if (pool.sources == NULL)
        abort();
    refuse_many();
    do {
        from = go_on(from, &sources);
        stopped_at = pieces++ == 0 ? from : stopped_at;
    } while (from != 0);
    ok(pieces > 1, "a long list comes in pieces");
    is_number(sources, count_entries(), "and is whole");
    source_board_leave(pool.sources);
    pool.sources = NULL;
    sources = 0;
    is_number(go_on(stopped_at, &sources), 0, "a pool that counts no sources may be there then");
    is_number(sources, 0, "which has none to list");
    return tap_end();
}
