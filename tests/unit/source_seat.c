/*
 * Unit tests of server/scoreboard/source_seat: however many workers take places at the same
 * moment, a source never has more than its limit; and of source_rate: nor more in a second.
 */
#include "server/scoreboard/source_seat.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/scoreboard/source_key.h"
#include "server/scoreboard/source_rate.h"
#include "tests/unit/tap.h"

enum { CLIENTS = 50, SOURCES = 5, SEATS = 64 };

static struct source_board *board;
static struct source_share shares[SEATS];

static void make_board(size_t seats)
{
    size_t seat;

    board = source_board_create();
    if (board == NULL)
        abort();
    for (size_t i = 0; i < seats; i++) {
        source_board_take_seat(board, &seat);
        shares[i] = source_board_at(board, seat);
    }
}

static struct source_seat *seat_of(size_t worker)
{
    return &shares[worker].pages->seats[shares[worker].seat];
}

static void say(size_t worker, uint64_t key, enum seat_state state)
{
    atomic_store(&seat_of(worker)->key, key);
    atomic_store(&seat_of(worker)->word, source_mark(shares[worker].secret, key) | state);
}

static void test_limit(void)
{
    uint64_t key = source_key_of_user(1), other = source_key_of_user(2);

    make_board(5);
    is_number(source_seat_take(&shares[3], key, 2), 1, "the first connection");
    is_number(source_seat_take(&shares[0], key, 2), 2, "the second one");
    is_number(source_seat_take(&shares[1], key, 2), 0, "there is no third one");
    is_number(atomic_load(&seat_of(1)->word), 0, "which leaves nothing behind");
    is_number(source_seat_take(&shares[1], other, 2), 1, "another source has places of its own");
    source_seat_leave(&shares[3]);
    is_number(source_seat_take(&shares[4], key, 2), 2, "one that has left makes room");
    is_number(source_seat_take(&shares[2], key, INT64_MAX), 3, "there may be no limit");
    source_board_free_seat(board, 0);
    source_board_free_seat(board, 4);
    is_number(source_seat_take(&shares[3], key, 2), 2, "so does a worker that has died");
    source_board_leave(board);
}

static void test_claims(void)
{
    uint64_t key = source_key_of_user(1), mark;

    make_board(3);
    mark = source_mark(shares[0].secret, key);
    say(2, key, SEAT_CLAIMED);
    is_number(source_seat_take(&shares[1], key, 1), 1, "a claim goes before one of a higher seat");
    ok(atomic_load(&seat_of(2)->word) == (mark | SEAT_BEATEN), "which is overruled");
    source_seat_leave(&shares[1]);
    say(0, key, SEAT_CLAIMED);
    is_number(source_seat_take(&shares[1], key, 1), 0, "what is unsure is not let in");
    is_number(atomic_load(&seat_of(1)->word), 0, "nor left behind");
    ok(atomic_load(&seat_of(0)->word) == (mark | SEAT_CLAIMED), "a lower seat is not overruled");
    is_number(source_seat_take(&shares[1], key, 2), 2, "where there is room for both, both are");
    source_seat_leave(&shares[1]);
    say(0, key, SEAT_CLAIMED);
    say(2, key, SEAT_CLAIMED);
    is_number(source_seat_take(&shares[1], key, 3), 3, "so where there is room for three");
    ok(atomic_load(&seat_of(2)->word) == (mark | SEAT_CLAIMED), "then none is overruled");
    source_seat_leave(&shares[1]);
    is_number(source_seat_take(&shares[1], key, 2), 2, "for two, one of a higher seat has none");
    ok(atomic_load(&seat_of(2)->word) == (mark | SEAT_BEATEN), "and is overruled");
    source_seat_leave(&shares[1]);
    say(0, key, SEAT_BEATEN);
    is_number(source_seat_take(&shares[1], key, 1), 1, "one that was overruled does not count");
    source_board_leave(board);
}

static uint64_t random_word(void)
{
    return (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();
}

/* Entries that no worker writes count as none. */
static void test_corrupt_entries(void)
{
    uint64_t key = source_key_of_user(1), mark;
    size_t counted = 0;

    make_board(SEATS);
    mark = source_mark(shares[0].secret, key);
    for (int i = 0; i < 1000; i++) {
        for (size_t j = 1; j < SEATS; j++) {
            bool has_mark = j % 3 == 0;

            atomic_store(&seat_of(j)->key, j % 3 == 1 ? key : random_word());
            atomic_store(&seat_of(j)->word,
                         has_mark ? mark | (uint64_t)random() % 4 : random_word());
        }
        counted += source_seat_take(&shares[0], key, 1) != 1;
        source_seat_leave(&shares[0]);
    }
    is_number(counted, 0, "no random entry counts, nor one with the mark or the key alone");
    atomic_store(&shares[0].pages->seat_count, UINT32_MAX);
    is_number(source_seat_take(&shares[0], key, 1), 1, "nor is there a seat beyond the last one");
    source_board_leave(board);
}

/* So many workers serve so many clients each, of sources with that limit. */
struct contest {
    const char *name;
    size_t workers, rounds, sources;
    uint64_t limit;
    bool yields;  /* others run while a client is served, and after one was refused */
    size_t spare; /* seats that are looked at, and have no worker */
};

/* What the workers of a contest have in common. */
struct stress {
    _Atomic uint32_t now[SOURCES]; /* connections that are served */
    _Atomic uint32_t started, exceeded, admitted, refused;
};

/* Serve a client of SOURCE, of which others come meanwhile; or refuse it. */
static void serve(const struct contest *contest, struct stress *stress, size_t worker,
                  size_t source)
{
    if (source_seat_take(&shares[worker], source_key_of_user((uid_t)source), contest->limit) == 0) {
        atomic_fetch_add(&stress->refused, 1);
        return;
    }
    if (atomic_fetch_add(&stress->now[source], 1) >= contest->limit)
        atomic_fetch_add(&stress->exceeded, 1);
    if (contest->yields)
        sched_yield();
    atomic_fetch_sub(&stress->now[source], 1);
    atomic_fetch_add(&stress->admitted, 1);
    source_seat_leave(&shares[worker]);
}

static _Noreturn void work(const struct contest *contest, struct stress *stress, size_t worker)
{
    srandom((unsigned int)worker + 1);
    atomic_fetch_add(&stress->started, 1);
    while (atomic_load(&stress->started) < contest->workers)
        sched_yield();
    for (size_t i = 0; i < contest->rounds; i++) {
        serve(contest, stress, worker, (size_t)random() % CLIENTS % contest->sources);
        if (contest->yields)
            sched_yield();
    }
    _exit(0);
}

static void take_spare_seats(size_t count)
{
    size_t seat;

    while (count-- > 0)
        source_board_take_seat(board, &seat);
}

static void hold_contest(const struct contest *contest)
{
    struct stress *stress =
        mmap(NULL, sizeof(*stress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status, failed = 0;
    size_t left = 0;

    make_board(contest->workers);
    take_spare_seats(contest->spare);
    if (stress == MAP_FAILED || source_board_inherit(board, true) < 0)
        abort();
    for (size_t i = 0; i < contest->workers; i++) {
        if (fork() == 0)
            work(contest, stress, i);
    }
    while (wait(&status) > 0)
        failed += status != 0;
    is_number(failed, 0, "%s: all workers end well", contest->name);
    is_number(stress->exceeded, 0, "the limit is never exceeded");
    is_number(stress->admitted + stress->refused, contest->workers * contest->rounds,
              "each client has its answer");
    if (contest->limit >= contest->workers)
        is_number(stress->refused, 0, "none is refused where there is room for all");
    ok(stress->admitted > 0, "%u were served and %u refused", stress->admitted, stress->refused);
    for (size_t i = 0; i < contest->workers; i++)
        left += atomic_load(&seat_of(i)->word) != 0;
    is_number(left, 0, "and none has left an entry behind");
    munmap(stress, sizeof(*stress));
    source_board_leave(board);
}

static void test_contests(void)
{
    static const struct contest contests[] = {
        {"50 clients and 16 workers", 16, 1500, SOURCES, 2, true, 0},
        {"two workers for one place", 2, 500000, 1, 1, false, 0},
        {"three workers for two places", 3, 200000, 1, 2, false, 0},
        {"two workers for two places", 2, 10000, 1, 2, false, 2000},
        {"two workers without a limit", 2, 10000, 1, INT64_MAX, false, 2000},
    };

    for (size_t i = 0; i < sizeof(contests) / sizeof(contests[0]); i++)
        hold_contest(&contests[i]);
}

/* Return how many of COUNT connections of the source KEY may come at NOW_NS, PER_S a second. */
static int come(uint64_t key, int count, int64_t per_s, int64_t now_ns)
{
    int admitted = 0;

    for (int i = 0; i < count; i++)
        admitted += source_rate_take(&shares[0], key, per_s, now_ns);
    return admitted;
}

static void test_rate(void)
{
    uint64_t key = source_key_of_user(1), other = source_key_of_user(2);
    int64_t now_ns = 1000 * NS_PER_S;
    int admitted = 0;

    make_board(1);
    is_number(come(key, 9, 4, now_ns), 4, "as many as may come in a second come at once");
    is_number(come(other, 9, 4, now_ns), 4, "those of another source as well");
    is_number(come(key, 9, 4, now_ns - 64), 0, "none for a worker that read the clock before");
    is_number(come(key, 9, 4, now_ns - NS_PER_S / 2), 0, "nor for one that was stopped since then");
    is_number(come(key, 9, 4, now_ns + NS_PER_S / 5), 0, "then none for a share of a second");
    is_number(come(key, 9, 4, now_ns + NS_PER_S / 3), 1, "then one");
    is_number(come(key, 9, 4, now_ns + 100 * NS_PER_S), 4, "a long rest saves up a second's");
    for (int64_t ms = 0; ms < 10000; ms += 5)
        admitted += come(key, 1, 10, 2000 * NS_PER_S + ms * NS_PER_MS);
    ok(admitted >= 108 && admitted <= 110, "in ten seconds ten a second, and ten: %d", admitted);
    admitted = come(key, 3 * SOURCE_RATE_MAX, SOURCE_RATE_MAX, 3000 * NS_PER_S);
    is_number(admitted, SOURCE_RATE_MAX, "the highest rate there is");
    is_number(come(key, 9, 1, 4000 * NS_PER_S), 1, "and the lowest");
    source_board_leave(board);
}

static void test_many_sources(void)
{
    int64_t now_ns = 1000 * NS_PER_S;
    int admitted = 0, most = 0;

    make_board(1);
    for (uint32_t i = 0; i < 100000; i++) {
        int own = come(source_key_of_user(i), 3, 2, now_ns);

        admitted += own >= 1;
        most = own > most ? own : most;
    }
    /* Two that have one tag share a bucket. */
    ok(admitted >= 99990, "of 100,000 sources in one moment each has its first: %d", admitted);
    is_number(most, 2, "and none more than its limit while it is not forgotten");
    now_ns += 10 * NS_PER_S;
    is_number(come(source_key_of_user(7), 9, 2, now_ns), 2, "later it is as if there were none");
    source_board_leave(board);
}

static void test_corrupt_buckets(void)
{
    uint64_t key = source_key_of_user(1);
    int64_t now_ns = 1000 * NS_PER_S;
    int admitted = 0;

    make_board(1);
    for (int i = 0; i < 200; i++) {
        _Atomic uint64_t *set =
            shares[0].pages->buckets[source_hash(shares[0].secret, key) % SOURCE_BUCKET_SETS];

        for (size_t j = 0; j < SOURCE_BUCKETS; j++)
            atomic_store(&set[j], random_word());
        now_ns += 10 * NS_PER_S;
        admitted += come(key, 9, 4, now_ns) == 4;
    }
    ok(admitted >= 199, "random buckets are full: %d of 200", admitted);
    source_board_leave(board);
}

int main(void)
{
    test_limit();
    test_claims();
    test_corrupt_entries();
    test_contests();
    test_rate();
    test_many_sources();
    test_corrupt_buckets();
    return tap_end();
}
