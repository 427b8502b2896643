/*
 * source_rate: see source_rate.h.
 *
 * A bucket is one word, so that one compare-and-exchange takes from it: a tag of its source, and
 * when the bucket will be full again. Each connection moves that time on by the share of a second
 * that it may have; one that would move it more than a second ahead is refused. A worker
 * that read its clock and then waited sees a time that is as much further ahead: so one within the
 * next two seconds counts. Any other, as that of a bucket that was written by mistake may be, is
 * one of a full bucket.
 *
 * A source has a set of a few buckets. It takes the one with its tag; else a full one, which has
 * nothing to remember; else the one that is the least empty, whose source is forgotten and begins
 * anew: where more sources come within a second than there are buckets, the limit is looser for
 * some. It is stricter for none, but for two sources with one tag in one set, which share a bucket,
 * one pair in four billion.
 */
#include "server/scoreboard/source_rate.h"

#include "common/clock.h"

/* Times are in units of 64 ns, and come again after 13 days: a bucket that was left alone for so
 * long may take two seconds to be full. */
enum { TICK_SHIFT = 6, TICKS_PER_S = (int)(NS_PER_S >> TICK_SHIFT), TIME_BITS = 44, ATTEMPTS = 16 };

#define TIME_MASK ((UINT64_C(1) << TIME_BITS) - 1)

/* What is looked for in a set. */
struct visit {
    uint64_t tag, now;
};

/* Return how far BUCKET is from full, in ticks. */
static uint64_t lack(uint64_t bucket, uint64_t now)
{
    uint64_t ticks = (bucket - now) & TIME_MASK;

    return ticks <= 2 * TICKS_PER_S ? ticks : 0;
}

static bool is_own(uint64_t bucket, const struct visit *visit)
{
    return (bucket & ~TIME_MASK) == visit->tag;
}

/* Return the bucket of SET for VISIT. */
static _Atomic uint64_t *find(_Atomic uint64_t set[SOURCE_BUCKETS], const struct visit *visit)
{
    uint64_t least = UINT64_MAX;
    size_t at = 0;

    for (size_t i = 0; i < SOURCE_BUCKETS; i++) {
        uint64_t bucket = atomic_load_explicit(&set[i], memory_order_relaxed);
        uint64_t ticks = lack(bucket, visit->now);

        if (is_own(bucket, visit) && bucket != 0)
            return &set[i];
        if (ticks < least) {
            least = ticks;
            at = i;
        }
    }
    return &set[at];
}

bool source_rate_take(const struct source_share *share, uint64_t key, int64_t per_s, int64_t now_ns)
{
    uint64_t hash = source_hash(share->secret, key), each = TICKS_PER_S / (uint64_t)per_s;
    const struct visit visit = {hash & ~TIME_MASK, ((uint64_t)now_ns >> TICK_SHIFT) & TIME_MASK};

    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        _Atomic uint64_t *at = find(share->pages->buckets[hash % SOURCE_BUCKET_SETS], &visit);
        uint64_t bucket = atomic_load(at), ticks = 0;

        if (is_own(bucket, &visit))
            ticks = lack(bucket, visit.now);
        if (ticks + each > each * (uint64_t)per_s)
            return false;
        ticks = (visit.now + ticks + each) & TIME_MASK;
        if (atomic_compare_exchange_strong(at, &bucket, visit.tag | ticks))
            return true;
    }
    return false; /* other workers take from this set all the time */
}
