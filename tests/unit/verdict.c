/*
 * Unit tests of client/load/report/verdict: what is said of the generator, the gravest first.
 */
#include "client/load/report/verdict.h"

#include "common/clock.h"
#include "tests/unit/tap.h"

static const struct load_plan open_loop = {.rate = 100, .processes = 1};
static const struct load_plan closed_loop = {.processes = 1};
static struct load_result result;

/* Make the result of 100 requests in a second: all right, in 2 ms, of which half is lag. */
static void reset(void)
{
    result = (struct load_result){.scheduled = 100,
                                  .ok = 100,
                                  .reached = 100,
                                  .elapsed_ns = NS_PER_S,
                                  .cpu_ns = NS_PER_S / 2};
    for (int i = 0; i < 100; i++) {
        histogram_record(&result.response, 2 * (uint64_t)NS_PER_MS);
        histogram_record(&result.lag, (uint64_t)NS_PER_MS);
    }
}

/* The verdict with the checks FIRST and SECOND, NULL for none, is EXPECTED. */
static void judge(const struct load_plan *plan, const char *first, const char *second,
                  const char *expected)
{
    struct load_options options = {.checks = {first, second}};
    struct load_checks checks;
    char text[LOAD_VERDICT_SIZE];

    options.check_count = (size_t)(first != NULL) + (second != NULL);
    load_checks_parse(&options, &checks);
    load_verdict(plan, &result, &checks, text);
    is_text(text, expected, "%s loop, checks '%s' and '%s'", plan->rate > 0 ? "open" : "closed",
            first != NULL ? first : "", second != NULL ? second : "");
}

static void test_lag(void)
{
    static const char fine[] = "generator ok: lag p99 1.00ms, cpu 50%";

    reset();
    judge(&open_loop, NULL, NULL, fine);
    judge(&open_loop, "p99<1ms", NULL,
          "the generator was too late for p99<1ms: its own lag has a p99 of 1.00ms");
    judge(&open_loop, "errors<1", "max<=999us",
          "the generator was too late for max<=999us: its own lag has a max of 1.00ms");
    judge(&open_loop, "p99<1.5ms", NULL, fine); /* it fails, and the lag alone would not */
    judge(&open_loop, "p99<3ms", NULL, fine);
    judge(&open_loop, "p99>3ms", NULL, fine);
    judge(&open_loop, "lag.p99<1ms", "connect.p99<1us", fine);
    judge(&open_loop, "rate>1000000", "late<1", fine);
    result.elapsed_ns /= 2;
    judge(&open_loop, "p99<1ms", NULL,
          "the generator was too late for p99<1ms: its own lag has a p99 of 1.00ms");
    for (int i = 0; i < 2; i++)
        histogram_record(&result.lag, 20 * (uint64_t)NS_PER_MS);
    judge(&open_loop, "p99<1ms", NULL,
          "the schedule was not held: 0 never sent, lag p99 20.0ms, cpu 100%");
    result.lag = (struct histogram){0};
    judge(&closed_loop, "p99<1ms", NULL, "the generator may have been the limit: cpu 100%");
}

static void test_resources(void)
{
    reset();
    result.errors[CONNECT_NO_PORTS] = 7;
    judge(&closed_loop, NULL, NULL,
          "the generator was the limit: no local port for 7 requests, no descriptor for 0");
    ok(load_ran_out(&result), "ports ran out");
    result.errors[CONNECT_DESCRIPTOR_LIMIT] = 3;
    result.dropped = 1;
    judge(&open_loop, "p99<1ms", NULL,
          "the generator was the limit: no local port for 7 requests, no descriptor for 3");
    result.errors[CONNECT_DESCRIPTOR_LIMIT] = result.dropped = result.reached = 0;
    ok(!load_ran_out(&result), "an address that is not there is no lack of ports");
    result.errors[CONNECT_DESCRIPTOR_LIMIT] = 1;
    ok(load_ran_out(&result), "descriptors can run out before the first connection");
}

static void test_nothing(void)
{
    reset();
    result.elapsed_ns = NS_PER_MS;
    judge(&closed_loop, NULL, NULL, "too short to judge the generator");
    result.ok = 0; /* timeouts and dropped requests are measured too */
    result.elapsed_ns = NS_PER_S;
    judge(&closed_loop, NULL, NULL, "generator ok: cpu 50%");
    result.response = (struct histogram){0};
    judge(&closed_loop, NULL, NULL, "nothing was measured");
}

int main(void)
{
    test_lag();
    test_resources();
    test_nothing();
    return tap_end();
}
