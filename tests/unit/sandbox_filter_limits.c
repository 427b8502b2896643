/*
 * Unit tests of server/worker/sandbox/filter: long jumps, and programs that are too long.
 */
#include "server/worker/sandbox/filter.h"

#include <errno.h>

#include "server/worker/sandbox/rules.h"
#include "tests/unit/filter_machine.h"
#include "tests/unit/tap.h"

/* Compile RULES, and see that a search finds what a scan finds. */
static void try_rules(const struct filter_rule *rules, size_t count, const char *what)
{
    static struct machine machine;

    machine.job = (struct filter_job){
        .rules = rules, .rule_count = count, .actions = rules_enforced, .other = VERDICT_UNKNOWN};
    is_number(machine_compile(&machine), 0, "%s", what);
    printf("# %s: %d instructions\n", what, (int)machine.filter.length);
    is_number(machine_differences(&machine), 0, "%s: a search finds what a scan finds", what);
}

/* A comparison reaches 255 instructions: here there are more between the two halves of the numbers,
 * and between most comparisons and the first instruction with their answer. */
static void test_far_jumps(void)
{
    static const uint64_t tested[] = {1, 3, LISTENER, PROCESS, PROT_EXEC};
    enum { CALLS = 20, TESTS = sizeof(tested) / sizeof(tested[0]) };
    static struct filter_rule rules[CALLS * (TESTS + 1)];

    for (size_t i = 0; i < CALLS * TESTS; i++)
        rules[i] = (struct filter_rule){.number = 2 * (int)(i / TESTS),
                                        .verdict = (enum filter_verdict)(i % VERDICTS),
                                        .test = TEST_MASKED,
                                        .mask = 0xffff,
                                        .constant = (uint32_t)tested[i % TESTS]};
    for (size_t i = 0; i < CALLS; i++)
        rules[CALLS * TESTS + i] =
            (struct filter_rule){.number = 100 + 2 * (int)i, .verdict = VERDICT_ALLOWED};
    try_rules(rules, CALLS * (TESTS + 1), "a long way between two calls");
}

static void test_limits(void)
{
    static struct filter_rule rules[FILTER_RULES_MAX + 1];
    static struct filter filter;
    struct filter_job job = {.rules = rules, .actions = rules_enforced, .other = VERDICT_UNKNOWN};

    for (int i = 0; i <= FILTER_RULES_MAX; i++)
        rules[i] =
            (struct filter_rule){.number = 2 * i, .verdict = VERDICT_ALLOWED, .test = TEST_ZERO};
    job.rule_count = FILTER_RULES_MAX + 1;
    ok(filter_compile(&job, &filter) < 0 && errno == E2BIG, "too many rules are refused");
    job.rule_count = FILTER_RULES_MAX;
    ok(filter_compile(&job, &filter) < 0 && errno == E2BIG, "and those of too long a program");
    for (int i = 0; i < 200; i++)
        rules[i].test = TEST_NONE;
    try_rules(rules, 200, "two hundred calls and two hundred spans between them fit");
    try_rules(rules, 0, "no rule at all");
    for (int i = 0; i <= FILTER_PLACES_MAX; i++)
        rules[i] = (struct filter_rule){.number = i,
                                        .verdict = VERDICT_DENIED,
                                        .test = TEST_MASKED,
                                        .mask = UINT32_MAX,
                                        .source = VALUE_LISTENER};
    try_rules(rules, FILTER_PLACES_MAX, "as many values of the process as there may be");
    job.rule_count = FILTER_PLACES_MAX + 1;
    ok(filter_compile(&job, &filter) < 0 && errno == E2BIG, "one more is refused");
}

int main(void)
{
    if (FILTER_ARCHITECTURE == 0) {
        ok(true, "there is no filter for this architecture");
        return tap_end();
    }
    test_far_jumps();
    test_limits();
    return tap_end();
}
