/*
 * rates: see rates.h.
 */
#include "server/scoreboard/rates.h"

#include "server/scoreboard/reading.h"

/* Returns how many connections the worker had accepted when SECOND began: the count noted with the
 * first connection of that second or of the next one that had any; else the present count. */
static uint64_t accepted_before(const struct worker_page *page, int64_t second)
{
    uint64_t accepted = counter_read(&page->counters.accepted);
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < SECONDS_KEPT; i++) {
        int64_t found = atomic_load_explicit(&page->seconds[i].second, memory_order_relaxed);

        if (found < second || found >= first)
            continue;
        first = found;
        accepted = counter_read(&page->seconds[i].accepted);
    }
    return accepted;
}

uint64_t rates_of_worker(const struct worker_page *page, int64_t now_s, int64_t seconds)
{
    uint64_t from, to;

    if (counter_read(&page->counters.accepted) == 0)
        return 0; /* most of a large pool, which wakes the warm ones first */
    from = accepted_before(page, now_s - seconds);
    to = accepted_before(page, now_s);
    /* A worker may write anything on its page. */
    return from < to && to - from <= (uint64_t)seconds * READING_COUNTS_PER_S_MAX ? to - from : 0;
}

uint64_t rates_of_ended(const struct rates *ended, int64_t now_s, int64_t seconds)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < SECONDS_KEPT; i++) {
        if (ended->seconds[i].second >= now_s - seconds && ended->seconds[i].second < now_s)
            sum += ended->seconds[i].accepted;
    }
    return sum;
}

void rates_add(struct rates *ended, int64_t second, uint64_t accepted)
{
    size_t place = (size_t)(second % SECONDS_KEPT);

    if (second < ended->seconds[place].second)
        return; /* too long ago */
    if (ended->seconds[place].second != second)
        ended->seconds[place].accepted = 0;
    ended->seconds[place].second = second;
    ended->seconds[place].accepted += accepted;
}

void rates_keep(struct rates *ended, const struct worker_page *page, int64_t now_s)
{
    /* Its clock may be a tick ahead, and in the next second. */
    for (int64_t second = now_s - RATES_SECONDS_MAX; second <= now_s + 1; second++) {
        uint64_t accepted = rates_of_worker(page, second + 1, 1);

        if (second >= 0 && accepted > 0)
            rates_add(ended, second, accepted);
    }
}

void rates_merge(struct rates *ended, const struct rates *from)
{
    for (size_t i = 0; i < SECONDS_KEPT; i++) {
        if (from->seconds[i].accepted > 0)
            rates_add(ended, from->seconds[i].second, from->seconds[i].accepted);
    }
}
