/*
 * Unit tests of server/rates: windows against connections counted one by one, gaps, the counts that
 * ended workers leave behind, and pages with wrong values.
 */
#include "server/scoreboard/rates.h"

#include "tests/unit/tap.h"

enum { SECONDS = 400 };

static struct worker_page page;
static uint64_t came[SECONDS]; /* connections in each second */

/* xorshift32: the same numbers at every run. */
static uint32_t next_random(void)
{
    static uint32_t state = 1;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* As a worker does it (connection.c). */
static void accept_in(int64_t second)
{
    struct second *place = &page.seconds[second % SECONDS_KEPT];

    if (atomic_load(&place->second) != second) {
        atomic_store(&place->accepted, counter_read(&page.counters.accepted));
        atomic_store(&place->second, second);
    }
    counter_add(&page.counters.accepted, 1);
    came[second]++;
}

static uint64_t expected(int64_t now_s, int64_t seconds)
{
    uint64_t sum = 0;

    for (int64_t second = now_s - seconds; second < now_s; second++)
        sum += second < 0 ? 0 : came[second];
    return sum;
}

static void is_as_counted(int64_t now_s, const char *what)
{
    static const int64_t windows[] = {1, 10, 60};

    for (size_t i = 0; i < 3; i++)
        is_number(rates_of_worker(&page, now_s, windows[i]), expected(now_s, windows[i]),
                  "%s: the last %d s at %d", what, (int)windows[i], (int)now_s);
}

static void test_windows(void)
{
    is_as_counted(100, "nobody ever");
    for (int64_t second = 100; second < 300; second++) {
        for (int count = next_random() % 4 == 0 ? (int)(next_random() % 50) : 0; count > 0; count--)
            accept_in(second);
        if (second % 17 == 0)
            is_as_counted(second, "some");
    }
    is_as_counted(320, "then nobody for 20 s");
    is_as_counted(380, "then nobody for 80 s");
}

static void test_ended(void)
{
    struct rates ended = {0};

    rates_keep(&ended, &page, 299);
    is_number(rates_of_ended(&ended, 299, 60), expected(299, 60),
              "the ended count like the living");
    rates_keep(&ended, &page, 299);
    is_number(rates_of_ended(&ended, 299, 10), 2 * expected(299, 10), "two ended add up");
    is_number(rates_of_ended(&ended, 375, 60), 0, "what is old is no more");
}

static void test_lies(void)
{
    struct rates ended = {0};

    for (size_t i = 0; i < SECONDS_KEPT; i++) {
        atomic_store(&page.seconds[i].second, INT64_MAX - (int64_t)i);
        atomic_store(&page.seconds[i].accepted, UINT64_MAX - i);
    }
    rates_keep(&ended, &page, 299);
    is_number(rates_of_worker(&page, 299, 60), 0, "seconds to come count for nothing");
    for (size_t i = 0; i < SECONDS_KEPT; i++) {
        atomic_store(&page.seconds[i].second, 240 + (int64_t)i);
        atomic_store(&page.seconds[i].accepted, UINT64_MAX - i);
    }
    is_number(rates_of_worker(&page, 299, 60), 0, "a count that falls is none");
}

int main(void)
{
    test_windows();
    test_ended();
    test_lies();
    return tap_end();
}
