/*
 * source_seat: see source_seat.h.
 *
 * A worker claims a place at its seat, then looks at all seats, then holds the place or leaves it.
 * A full fence is between the claim and the look, so of two workers at least one sees the other's
 * claim. If there is room even with all claims, the worker holds its place: far from the limit none
 * disturbs another. Elsewhere, if both counted the other, both could refuse their clients although
 * there is room for one. So it looks once more, and of two claims that of the lower seat goes
 * first. The worker that has it overrules the other claim (SEAT_BEATEN) before it leaves it out of
 * its count, and the one that has the other claims again, and looks again.
 *
 * The limit is never exceeded. Of the workers that hold a place of one source at some moment, take
 * the one that made its last claim last. When it looked, for the first time or once more, each of
 * the others had made its own last claim, and so was seen as holding, and counted; as claiming, and
 * counted; or, in the second look, as claiming at a higher seat, and overruled, so that it had to
 * claim once more, which contradicts the choice, or had come to hold the place just before that,
 * and was counted. So at most LIMIT - 1 are the others.
 *
 * Of workers that claim at one moment the one with the lowest seat is overruled by none, and is let
 * in if there is room. The others wait for its decision, which takes it no longer than to look at
 * all seats twice; they look again and again meanwhile. Where the decision does not come, because
 * that worker does not run, they refuse their clients: what is unsure is never let in.
 *
 * Where no limit can be reached a worker holds its place at once, and looks to count the others: it
 * waits for none, and none overrules it.
 */
#include "server/scoreboard/source_seat.h"

enum { LOOKS_LEAST = 64, SEATS_LOOKED_AT = 65536 };

struct claim {
    uint64_t key, mark;
};

/* The others that have a place of the same source, or claim one and go first. */
struct crowd {
    uint64_t held, claimed;
};

/* A seat that was not taken when this worker claimed its own has a claim that came later. */
static size_t seats_in_use(const struct source_share *share)
{
    size_t count = atomic_load(&share->pages->seat_count);

    return count < SOURCE_SEATS ? count : SOURCE_SEATS;
}

/* Overrule the claim at SEAT, whose worker will claim again. Returns whether it holds its place by
 * now. */
static bool overrule(struct source_seat *seat, const struct claim *claim)
{
    uint64_t word = claim->mark | SEAT_CLAIMED;

    return !atomic_compare_exchange_strong(&seat->word, &word, claim->mark | SEAT_BEATEN) &&
           word == (claim->mark | SEAT_HELD);
}

/* Count SEAT, whose WORD has the mark of CLAIM. If it is a claim it counts, or is OVERRULED. */
static void count_seat(struct source_seat *seat, uint64_t word, const struct claim *claim,
                       bool overruled, struct crowd *crowd)
{
    uint64_t state = word & SEAT_STATES;

    if (state == SEAT_EMPTY || atomic_load(&seat->key) != claim->key)
        return;
    if (state == SEAT_CLAIMED && !overruled)
        crowd->claimed++;
    else
        crowd->held += state == SEAT_HELD || (state == SEAT_CLAIMED && overrule(seat, claim));
}

/* Count the others, and overrule the claims at seats from OVERRULED on. */
static struct crowd look(const struct source_share *share, const struct claim *claim,
                         size_t overruled)
{
    struct source_seat *seats = share->pages->seats;
    struct crowd crowd = {0, 0};
    size_t in_use = seats_in_use(share);

    for (size_t i = 0; i < in_use; i++) {
        uint64_t word = atomic_load_explicit(&seats[i].word, memory_order_acquire);

        if ((word & ~(uint64_t)SEAT_STATES) == claim->mark && i != share->seat)
            count_seat(&seats[i], word, claim, i >= overruled, &crowd);
    }
    return crowd;
}

/* Returns how often to look at most: for some microseconds. */
static size_t count_looks(const struct source_share *share)
{
    size_t looks = SEATS_LOOKED_AT / (seats_in_use(share) + 1);

    return looks > LOOKS_LEAST ? looks : LOOKS_LEAST;
}

/* Look, once more where there is only room if claims are overruled. */
static struct crowd look_for_room(const struct source_share *share, const struct claim *claim,
                                  uint64_t limit)
{
    struct crowd crowd = look(share, claim, SOURCE_SEATS);

    if (crowd.held < limit && crowd.held + crowd.claimed >= limit)
        return look(share, claim, share->seat);
    return crowd;
}

/* Set SEAT, this worker's own, to STATE, before it looks. */
static void announce(struct source_seat *seat, const struct claim *claim, enum seat_state state)
{
    atomic_store(&seat->word, claim->mark | state);
    atomic_thread_fence(memory_order_seq_cst);
}

uint64_t source_seat_take(const struct source_share *share, uint64_t key, uint64_t limit)
{
    const struct claim claim = {key, source_mark(share->secret, key)};
    struct source_seat *seat = &share->pages->seats[share->seat];
    bool limited = limit <= SOURCE_SEATS;
    struct crowd crowd;

    atomic_store_explicit(&seat->key, key, memory_order_relaxed);
    for (size_t looks = count_looks(share); looks > 0; looks--) {
        uint64_t word = claim.mark | SEAT_CLAIMED;

        announce(seat, &claim, limited ? SEAT_CLAIMED : SEAT_HELD);
        crowd = look_for_room(share, &claim, limit);
        if (crowd.held >= limit)
            break;
        if (crowd.held + crowd.claimed < limit &&
            (!limited ||
             atomic_compare_exchange_strong(&seat->word, &word, claim.mark | SEAT_HELD)))
            return crowd.held + crowd.claimed + 1;
    }
    source_seat_leave(share);
    return 0;
}

void source_seat_leave(const struct source_share *share)
{
    atomic_store_explicit(&share->pages->seats[share->seat].word, 0, memory_order_release);
}
