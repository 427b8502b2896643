/*
 * Fuzz target: any writes of a worker to the board of sources, and the master that reads it in
 * between, and seats its workers. What the master reads is a source that a client can have, with a
 * count that is one, and prints as a part of a line. A seat that no worker has is empty after the
 * end of a worker, and how many there are to look at is the master's word again.
 *
 * An input is a sequence of steps of 13 bytes: what is done, where on the board, with what value.
 */
#include "server/scoreboard/source_board.h"

#include "server/scoreboard/source_key.h"
#include "tests/fuzz/fuzz.h"

enum { STEP_SIZE = 13, SEATED = 8, REFUSALS = SOURCE_REFUSAL_SETS * SOURCE_REFUSALS };

enum { WRITE, WRITE_RIGHT, TAKE, FREE, STEPS };

static struct {
    struct source_board *board;
    struct source_share share;
    size_t seats[SEATED]; /* of workers */
    size_t count;
} self;

static void must_be_source(uint64_t key)
{
    char text[SOURCE_TEXT_SIZE];

    must(source_key_is_right(key), "a source that a client can have");
    memset(text, 'x', sizeof(text));
    source_key_print(key, text);
    must(memchr(text, '\0', sizeof(text)) != NULL && text[0] != '\0', "it is printed");
    must_be_clean(text);
}

static void read_board(void)
{
    for (size_t i = 0; i < REFUSALS; i++) {
        uint64_t key, count = source_board_refused(self.board, i, &key);

        must(count <= INT64_MAX, "a count that can be one");
        if (count > 0)
            must_be_source(key);
    }
    for (size_t i = 0; i < self.count; i++) {
        uint64_t key = source_board_source(self.board, self.seats[i]);

        if (key != SOURCE_KEY_NONE)
            must_be_source(key);
    }
}

/* The worker of a seat writes what is right but for the key: a source that none can have, as
 * well. */
static void write_right(uint32_t where, uint64_t key)
{
    struct source_pages *pages = self.share.pages;
    size_t set = source_hash(self.share.secret, key) % SOURCE_REFUSAL_SETS;
    struct source_refusal *refusal = &pages->refusals[set][where % SOURCE_REFUSALS];

    atomic_store(&refusal->key, key);
    atomic_store(&refusal->count, (uint64_t)where << 32 | where);
    if (self.count > 0) {
        struct source_seat *seat = &pages->seats[self.seats[where % self.count]];

        atomic_store(&seat->key, key);
        atomic_store(&seat->word, source_mark(self.share.secret, key) | SEAT_HELD);
    }
}

static void take_seat(void)
{
    size_t seat;

    if (self.count == SEATED)
        return;
    must(source_board_take_seat(self.board, &seat) == 0, "there is a seat");
    must(seat < SEATED, "the first free one");
    for (size_t i = 0; i < self.count; i++)
        must(self.seats[i] != seat, "which no other worker has");
    must(source_board_source(self.board, seat) == SOURCE_KEY_NONE, "and nothing is left there");
    self.seats[self.count++] = seat;
}

static void free_seat(uint32_t which)
{
    const struct source_pages *pages = self.share.pages;
    size_t last = 0;

    if (self.count == 0)
        return;
    which %= (uint32_t)self.count;
    source_board_free_seat(self.board, self.seats[which]);
    must(atomic_load(&pages->seats[self.seats[which]].word) == 0, "its seat is empty");
    self.seats[which] = self.seats[--self.count];
    for (size_t i = 0; i < self.count; i++)
        last = self.seats[i] + 1 > last ? self.seats[i] + 1 : last;
    must(atomic_load(&pages->seat_count) == last, "no more seats to look at than are taken");
}

static void step(uint8_t what, uint32_t where, uint64_t value)
{
    /* The first seats, and all before them. */
    const size_t near = offsetof(struct source_pages, seats) + SEATED * sizeof(struct source_seat);

    switch (what % STEPS) {
    case WRITE:
        where %= (uint32_t)(near / sizeof(value));
        memcpy((char *)self.share.pages + where * sizeof(value), &value, sizeof(value));
        break;
    case WRITE_RIGHT:
        write_right(where, value);
        break;
    case TAKE:
        take_seat();
        break;
    default:
        free_seat(where);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {bytes, size};

    self.board = source_board_create();
    must(self.board != NULL, "there is memory");
    self.share = source_board_at(self.board, 0);
    self.count = 0;
    while (input.size >= STEP_SIZE) {
        uint8_t what = take_byte(&input);
        uint32_t where;
        uint64_t value;

        take(&input, &where, sizeof(where));
        take(&input, &value, sizeof(value));
        step(what, where, value);
    }
    read_board();
    while (self.count > 0)
        free_seat(0);
    source_board_leave(self.board);
    return 0;
}
