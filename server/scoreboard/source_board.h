/*
 * source_board: memory that all workers of a pool share, those of its other generations included,
 * where each says whose connection it has, so that the connections of one source can be counted
 * (max_per_source); beside it, how fast they come (max_rate_per_source), and how many were refused.
 *
 * The master gives each worker a seat, and clears it when the worker has ended. By what is written
 * there it decides nothing, for a worker that an attacker controls may write anything. Workers take
 * each other's entries for what they say, and one that cannot be right for none. What such a worker
 * has left where no worker is goes with the next that ends, the rest when all that were there at
 * that time have ended, as after a reload.
 */
#ifndef PREFORKD_SERVER_SCOREBOARD_SOURCE_BOARD_H
#define PREFORKD_SERVER_SCOREBOARD_SOURCE_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SOURCE_SEATS = 1 << 20, /* for any number of workers, and the generations that retire; memory
                             * that is not used is not there */
    SOURCE_BUCKET_SETS = 4096,
    SOURCE_BUCKETS = 8, /* in a set: a line of the processor's cache */
    SOURCE_REFUSAL_SETS = 512,
    SOURCE_REFUSALS = 4 /* in a set */
};

/* What a worker has at its seat; source_seat.c has the rules. */
enum seat_state {
    SEAT_EMPTY,
    SEAT_CLAIMED, /* it counts whether there is room for its connection */
    SEAT_HELD,    /* its connection counts */
    SEAT_BEATEN,  /* another worker that claims goes first */
    SEAT_STATES = 3
};

struct source_seat {
    _Atomic uint64_t key;  /* the source */
    _Atomic uint64_t word; /* source_mark() of it, and a state; 0: empty */
};

/* A source, and how many of its connections and datagrams were refused. */
struct source_refusal {
    _Atomic uint64_t key, count;
};

struct source_pages {
    _Atomic uint32_t seat_count; /* no worker has a seat at or behind that */
    _Alignas(64) _Atomic uint64_t buckets[SOURCE_BUCKET_SETS][SOURCE_BUCKETS];
    struct source_refusal refusals[SOURCE_REFUSAL_SETS][SOURCE_REFUSALS];
    struct source_seat seats[SOURCE_SEATS];
};

/* What a worker has of a board. */
struct source_share {
    struct source_pages *pages; /* NULL: its pool counts no sources */
    uint64_t secret[2];         /* which no client knows */
    size_t seat;                /* its own */
};

struct source_board;

/* Return a board without a seat taken, for one pool; NULL with errno. */
struct source_board *source_board_create(void);

/* Return BOARD for one pool more. */
struct source_board *source_board_share(struct source_board *board);

/* A pool leaves BOARD, the last one frees it. BOARD may be NULL. */
void source_board_leave(struct source_board *board);

/* Have fork(2) leave BOARD, which may be NULL, to the child, or leave it out, as it is after
 * source_board_create(). Returns 0, or -1 with errno. */
int source_board_inherit(const struct source_board *board, bool inherit);

/* Take the first free seat for a worker that is to be forked. Returns 0; or -1 with errno, where
 * there is none until a worker ends. */
int source_board_take_seat(struct source_board *board, size_t *seat);

/* The worker that had SEAT has ended, or was not forked: clear it, and with it what that worker may
 * have written to other seats that no worker has. SOURCE_SEATS: it had none. */
void source_board_free_seat(struct source_board *board, size_t seat);

/* Return what the worker at SEAT needs of BOARD; of NULL, nothing. */
struct source_share source_board_at(const struct source_board *board, size_t seat);

/* Return whose connection the worker at SEAT says it has; SOURCE_KEY_NONE: none. */
uint64_t source_board_source(const struct source_board *board, size_t seat);

/* Return how many of a source, *KEY, were refused, by the entry at INDEX, which is less than
 * SOURCE_REFUSAL_SETS * SOURCE_REFUSALS; 0: the entry is empty. */
uint64_t source_board_refused(const struct source_board *board, size_t index, uint64_t *key);

/* Count that a connection or a datagram of the source KEY was refused. Where there are too many
 * sources, the one of its set with the fewest refusals is forgotten. */
void source_share_note_refused(const struct source_share *share, uint64_t key);

/* Return a hash of KEY that cannot be computed without SECRET. */
uint64_t source_hash(const uint64_t secret[2], uint64_t key);

/* Return the bits that a seat has beside its state, where KEY is its source. */
static inline uint64_t source_mark(const uint64_t secret[2], uint64_t key)
{
    return source_hash(secret, key) & ~(uint64_t)SEAT_STATES;
}

#endif
