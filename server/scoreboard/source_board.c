/*
 * source_board: see source_board.h.
 */
#include "server/scoreboard/source_board.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/scoreboard/source_key.h"

enum { BITS = 64 };

/* Which seats are taken: the master's own, which fork(2) leaves out, as a store would leave each
 * worker a copy of the page. */
struct taken {
    size_t count; /* one more than the last that is taken */
    uint64_t bits[SOURCE_SEATS / BITS];
};

struct source_board {
    struct source_pages *pages;
    struct taken *taken;
    uint64_t secret[2];
    size_t users;
};

/* Return SIZE bytes, all zero, that fork(2) leaves out; NULL with errno. */
static void *map(size_t size, int sharing)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return NULL;
    if (madvise(memory, size, MADV_DONTFORK) == 0)
        return memory;
    munmap(memory, size);
    return NULL;
}

static void destroy(struct source_board *board)
{
    if (board->pages != NULL)
        munmap(board->pages, sizeof(*board->pages));
    if (board->taken != NULL)
        munmap(board->taken, sizeof(*board->taken));
    free(board);
}

/* A kernel that has no random numbers yet gives none: then a client could compute the hashes, and
 * choose addresses that share a bucket. */
static void choose_secret(uint64_t secret[2])
{
    secret[0] = (uint64_t)clock_now_ns();
    secret[1] = (uint64_t)getpid();
    if (getrandom(secret, 2 * sizeof(*secret), GRND_NONBLOCK) < 0)
        secret[0] ^= secret[1] << BITS / 2;
}

struct source_board *source_board_create(void)
{
    struct source_board *board = malloc(sizeof(*board));

    if (board == NULL)
        return NULL;
    *board = (struct source_board){.pages = map(sizeof(*board->pages), MAP_SHARED),
                                   .taken = map(sizeof(*board->taken), MAP_PRIVATE),
                                   .users = 1};
    if (board->pages == NULL || board->taken == NULL) {
        destroy(board);
        return NULL;
    }
    choose_secret(board->secret);
    return board;
}

struct source_board *source_board_share(struct source_board *board)
{
    board->users++;
    return board;
}

void source_board_leave(struct source_board *board)
{
    if (board != NULL && --board->users == 0)
        destroy(board);
}

int source_board_inherit(const struct source_board *board, bool inherit)
{
    return board == NULL ? 0
                         : madvise(board->pages, sizeof(*board->pages),
                                   inherit ? MADV_DOFORK : MADV_DONTFORK);
}

static bool is_taken(const struct taken *taken, size_t seat)
{
    return (taken->bits[seat / BITS] >> seat % BITS & 1) != 0;
}

/* Set how many seats there are to look at, even if it is as before, as a worker may have written
 * there. A worker claims its own seat after it was forked, so each that can have claimed it is
 * counted then. */
static void set_count(struct source_board *board, size_t count)
{
    board->taken->count = count;
    atomic_store(&board->pages->seat_count, (uint32_t)count);
}

/* Clear SEAT, which no worker has. Where that is so already, a store would only take the memory
 * from the processors whose workers look at it. */
static void clear(struct source_board *board, size_t seat)
{
    struct source_seat *at = &board->pages->seats[seat];

    if (atomic_load(&at->word) != 0)
        atomic_store(&at->word, 0);
    if (atomic_load(&at->key) != SOURCE_KEY_NONE)
        atomic_store(&at->key, SOURCE_KEY_NONE);
}

int source_board_take_seat(struct source_board *board, size_t *seat)
{
    struct taken *taken = board->taken;
    size_t at = 0;

    while (at < SOURCE_SEATS / BITS && taken->bits[at] == UINT64_MAX)
        at++;
    if (at == SOURCE_SEATS / BITS) {
        errno = EAGAIN;
        return -1;
    }
    *seat = at * BITS + (size_t)__builtin_ctzll(~taken->bits[at]);
    taken->bits[at] |= UINT64_C(1) << *seat % BITS;
    clear(board, *seat);
    set_count(board, *seat >= taken->count ? *seat + 1 : taken->count);
    return 0;
}

void source_board_free_seat(struct source_board *board, size_t seat)
{
    struct taken *taken = board->taken;
    size_t count = taken->count;

    if (seat >= SOURCE_SEATS)
        return;
    taken->bits[seat / BITS] &= ~(UINT64_C(1) << seat % BITS);
    for (size_t i = 0; i < count; i++) {
        if (!is_taken(taken, i))
            clear(board, i);
    }
    while (count > 0 && !is_taken(taken, count - 1))
        count--;
    set_count(board, count);
}

struct source_share source_board_at(const struct source_board *board, size_t seat)
{
    if (board == NULL)
        return (struct source_share){.pages = NULL};
    return (struct source_share){board->pages, {board->secret[0], board->secret[1]}, seat};
}

uint64_t source_board_source(const struct source_board *board, size_t seat)
{
    const struct source_seat *at = &board->pages->seats[seat];
    uint64_t word = atomic_load(&at->word), key = atomic_load(&at->key);

    return word == (source_mark(board->secret, key) | SEAT_HELD) && source_key_is_right(key)
               ? key
               : SOURCE_KEY_NONE;
}

static size_t refusal_set(const uint64_t secret[2], uint64_t key)
{
    return source_hash(secret, key) % SOURCE_REFUSAL_SETS;
}

/* Return how many of *KEY, its source, the entry AT of SET counts; 0: it is empty, or has a source
 * that belongs elsewhere, which no worker writes. */
static uint64_t count_of(const struct source_refusal *at, const uint64_t secret[2], size_t set,
                         uint64_t *key)
{
    uint64_t count = atomic_load(&at->count);

    *key = atomic_load(&at->key);
    if (!source_key_is_right(*key) || refusal_set(secret, *key) != set)
        return 0;
    return count < INT64_MAX ? count : INT64_MAX;
}

uint64_t source_board_refused(const struct source_board *board, size_t index, uint64_t *key)
{
    size_t set = index / SOURCE_REFUSALS;

    return count_of(&board->pages->refusals[set][index % SOURCE_REFUSALS], board->secret, set, key);
}

/* Return the entry of KEY in SET, or the one with the fewest refusals. */
static struct source_refusal *find_refusal(const struct source_share *share, size_t set,
                                           uint64_t key)
{
    struct source_refusal *entries = share->pages->refusals[set], *at = entries;
    uint64_t least = UINT64_MAX;

    for (size_t i = 0; i < SOURCE_REFUSALS; i++) {
        uint64_t other, count = count_of(&entries[i], share->secret, set, &other);

        if (other == key)
            return &entries[i];
        if (count < least) {
            least = count;
            at = &entries[i];
        }
    }
    return at;
}

/* Two workers that replace an entry at the same moment may lose a count or two, which only the list
 * of the busiest sources is made of. */
void source_share_note_refused(const struct source_share *share, uint64_t key)
{
    struct source_refusal *at = find_refusal(share, refusal_set(share->secret, key), key);

    if (atomic_exchange(&at->key, key) != key)
        atomic_store(&at->count, 0);
    atomic_fetch_add(&at->count, 1);
}

/* Mix all bits of VALUE into each other: the last steps of MurmurHash3. */
static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 33) * UINT64_C(0xff51afd7ed558ccd);
    value = (value ^ value >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return value ^ value >> 33;
}

uint64_t source_hash(const uint64_t secret[2], uint64_t key)
{
    return mix(mix(key ^ secret[0]) + secret[1]);
}
