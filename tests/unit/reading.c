/*
 * Unit tests of server/pool/reading: what is taken from a worker's page, and what is left out
 * because no worker can have done it.
 */
#include "server/scoreboard/reading.h"

#include <stdlib.h>

#include "common/clock.h"
#include "tests/unit/tap.h"

static struct worker_page page;
static struct ledger *ledger;

/* The counters of slot 1 at an age of so many seconds; *CREDIBLE says whether all can be true. */
static const struct counters *read_at(int64_t seconds, bool *credible)
{
    *credible = true;
    return ledger_read(ledger, 1, &page, seconds * NS_PER_S, credible);
}

static void expect_accepted(uint64_t expected, bool expected_credible, const char *title)
{
    bool credible;

    is_number(counter_read(&read_at(10, &credible)->accepted), expected, "%s", title);
    ok(credible == expected_credible, "%s: %s", title, expected_credible ? "true" : "not true");
}

static void test_counters(void)
{
    bool credible;

    counter_set(&page.counters.accepted, 7);
    expect_accepted(7, true, "what a worker can have counted");
    counter_set(&page.counters.accepted, 6);
    expect_accepted(7, false, "a counter that has fallen");
    counter_set(&page.counters.accepted, UINT64_MAX);
    expect_accepted(7, false, "one that leaps to the end");
    counter_set(&page.counters.accepted, 20 * READING_COUNTS_PER_S_MAX);
    expect_accepted(7, false, "one that is too high for its age");
    counter_set(&page.counters.accepted, 9 * READING_COUNTS_PER_S_MAX);
    expect_accepted(9 * READING_COUNTS_PER_S_MAX, true, "the highest that could be");
    counter_set(&page.counters.took_sum_ns, 20 * NS_PER_S);
    is_number(counter_read(&read_at(10, &credible)->took_sum_ns), 0,
              "connections that took longer than the worker has lived");
    counter_set(&page.counters.took[DURATION_BUCKETS - 1], UINT64_MAX);
    is_number(counter_read(&read_at(100, &credible)->took_sum_ns), 20 * NS_PER_S,
              "which is true later");
    is_number(counter_read(&read_at(100, &credible)->took[DURATION_BUCKETS - 1]), 0,
              "the last bucket, too");
    ledger_clear(ledger, 1);
    counter_set(&page.counters.accepted, 1);
    counter_set(&page.counters.took_sum_ns, 0);
    counter_set(&page.counters.took[DURATION_BUCKETS - 1], 0);
    expect_accepted(1, true, "the next worker of the slot begins anew");
}

static void test_stamps(void)
{
    struct reading reading;

    atomic_store(&page.began_ns, INT64_MIN);
    atomic_store(&page.moved_ns, INT64_MAX);
    counter_set(&page.counters.bytes_in, 5);
    counter_set(&page.in_before, UINT64_MAX);
    reading = reading_take(&page, 100, 200);
    is_number(reading.began_ns, 100, "nothing began before the fork");
    is_number(reading.moved_ns, 200, "and nothing moved after now");
    is_number(reading.header_due_ns, 0, "no header is awaited");
    is_number(reading.bytes_in, 0, "nor fewer bytes than none");
    atomic_store(&page.header_due_ns, INT64_MAX);
    reading = reading_take(&page, 100, 200);
    is_number(reading.header_due_ns, 200, "one that is awaited holds deadlines back until now");
    atomic_store(&page.header_due_ns, 0);
    atomic_store(&page.began_ns, 150);
    counter_set(&page.in_before, 2);
    reading = reading_take(&page, 100, 200);
    is_number(reading.began_ns, 150, "what can be is taken");
    is_number(reading.bytes_in, 3, "bytes as well");
}

int main(void)
{
    ledger = ledger_create(2);
    if (ledger == NULL)
        abort();
    test_counters();
    test_stamps();
    ledger_destroy(ledger);
    return tap_end();
}
