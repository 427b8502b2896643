/*
 * reading: see reading.h.
 */
#include "server/scoreboard/reading.h"

#include <string.h>
#include <sys/mman.h>

#include "common/clock.h"

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return clock_later_ns(least, clock_earlier_ns(value, most));
}

/* Returns how many bytes have moved since there were BEFORE. */
static uint64_t bytes_since(const _Atomic uint64_t *bytes, const _Atomic uint64_t *before)
{
    uint64_t now = counter_read(bytes), then = counter_read(before);

    return now > then ? now - then : 0;
}

struct reading reading_take(const struct worker_page *page, int64_t forked_ns, int64_t now_ns)
{
    return (struct reading){
        .connection = atomic_load(&page->connection),
        .began_ns = clamp(atomic_load(&page->began_ns), forked_ns, now_ns),
        .moved_ns = clamp(atomic_load(&page->moved_ns), forked_ns, now_ns),
        .header_due_ns = clamp(atomic_load(&page->header_due_ns), 0, now_ns),
        .bytes_in = bytes_since(&page->counters.bytes_in, &page->in_before),
        .bytes_out = bytes_since(&page->counters.bytes_out, &page->out_before),
    };
}

/* All members of struct counters, which are of one type, and how much each can grow in a second. */
static const struct {
    size_t offset, count;
    uint64_t per_s;
} limits[] = {
    {offsetof(struct counters, accepted), 2, READING_COUNTS_PER_S_MAX},
    {offsetof(struct counters, bytes_in), 2, READING_BYTES_PER_S_MAX},
    {offsetof(struct counters, timeouts), 8, READING_COUNTS_PER_S_MAX},
    {offsetof(struct counters, programs), PROGRAM_OUTCOMES, READING_COUNTS_PER_S_MAX},
    {offsetof(struct counters, took), DURATION_BUCKETS, READING_COUNTS_PER_S_MAX},
    {offsetof(struct counters, took_sum_ns), 1, NS_PER_S}, /* one connection at a time */
    {offsetof(struct counters, exec), DURATION_BUCKETS, READING_COUNTS_PER_S_MAX},
    {offsetof(struct counters, exec_sum_ns), 1, NS_PER_S},
};

enum { LIMITS = sizeof(limits) / sizeof(limits[0]) };

_Static_assert(sizeof(struct counters) ==
                   (2 + 2 + 8 + PROGRAM_OUTCOMES + 2 * (DURATION_BUCKETS + 1)) * sizeof(uint64_t),
               "each counter has a limit");

struct ledger {
    size_t size; /* of the mapping */
    struct counters at[];
};

struct ledger *ledger_create(size_t slots)
{
    size_t size = sizeof(struct ledger) + slots * sizeof(struct counters);
    struct ledger *ledger = mmap(NULL, size, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (ledger == MAP_FAILED)
        return NULL;
    if (madvise(ledger, size, MADV_DONTFORK) < 0) {
        munmap(ledger, size);
        return NULL;
    }
    ledger->size = size;
    return ledger;
}

void ledger_destroy(struct ledger *ledger)
{
    if (ledger != NULL)
        munmap(ledger, ledger->size);
}

/* Returns how far a counter can be that grows by PER_S in a second; the started second counts as
 * two, for stamps may be a tick apart. */
static uint64_t most(uint64_t per_s, int64_t age_ns)
{
    uint64_t seconds = age_ns < 0 ? 2 : (uint64_t)(age_ns / NS_PER_S) + 2, product;

    return __builtin_mul_overflow(per_s, seconds, &product) || product > INT64_MAX ? INT64_MAX
                                                                                   : product;
}

/* Update COUNT counters at KEPT to those at SEEN, as far as these can be true. Returns whether all
 * can. */
static bool update(_Atomic uint64_t *kept, const _Atomic uint64_t *seen, size_t count,
                   uint64_t limit)
{
    bool credible = true;

    for (size_t i = 0; i < count; i++) {
        uint64_t value = counter_read(&seen[i]);

        if (value < counter_read(&kept[i]) || value > limit)
            credible = false;
        else if (value != counter_read(&kept[i]))
            counter_set(&kept[i], value);
    }
    return credible;
}

const struct counters *ledger_read(struct ledger *ledger, size_t slot,
                                   const struct worker_page *page, int64_t age_ns, bool *credible)
{
    struct counters *kept = &ledger->at[slot];
    const struct counters *seen = &page->counters;

    for (size_t i = 0; i < LIMITS; i++)
        *credible &=
            update((_Atomic uint64_t *)(void *)((char *)kept + limits[i].offset),
                   (const _Atomic uint64_t *)(const void *)((const char *)seen + limits[i].offset),
                   limits[i].count, most(limits[i].per_s, age_ns));
    return kept;
}

void ledger_clear(struct ledger *ledger, size_t slot)
{
    memset(&ledger->at[slot], 0, sizeof(ledger->at[slot]));
}
