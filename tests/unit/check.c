/*
 * Unit tests of client/load/report/{quantity,check}: which rules are accepted, and how results at
 * and beside their limits are judged.
 */
#include "client/load/report/check.h"

#include <unistd.h>

#include "client/load/report/quantity.h"
#include "common/clock.h"
#include "tests/unit/tap.h"

static void test_quantities(void)
{
    static const struct quantity_unit units[] = {
        {"", 1}, {"k", 1000}, {"%", QUANTITY_PER_PERCENT}, {NULL, 0}};
    static const struct {
        const char *text;
        int64_t value; /* -1: refused */
    } examples[] = {
        {"0", 0},
        {"1", 1},
        {"007", 7},
        {"1.0", 1},
        {"1.000000000000000000000000", 1},
        {"1.5", -1},
        {"1.5k", 1500},
        {"1.005k", 1005},
        {"1.0005k", -1},
        {"0.1%", 1000000},
        {"0.0000001%", 1},
        {"0.00000001%", -1},
        {"9223372036854775807", INT64_MAX},
        {"9223372036854775808", -1},
        {"9223372036854775.807k", INT64_MAX},
        {"9223372036854775.808k", -1},
        {"9223372036854776k", -1},
        {"99999999999999999999999999", -1},
        {"", -1},
        {"k", -1},
        {".5k", -1},
        {"5.k", -1},
        {"-1", -1},
        {"+1", -1},
        {" 1", -1},
        {"1 ", -1},
        {"1 k", -1},
        {"1kk", -1},
        {"1e3", -1},
        {"0x1", -1},
        {"1,5k", -1},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        int64_t value = -1;
        const struct quantity_unit *unit = quantity_parse(examples[i].text, units, &value);

        is_number(unit != NULL ? value : -1, examples[i].value, "quantity '%s'", examples[i].text);
    }
}

/* Make the result of 1000 requests: 990 right ones of 1 ms, 9 failed, one never sent; 5 were
 * late. */
static struct load_result *make_result(void)
{
    static struct load_result result;

    result.scheduled = 1000;
    result.ok = 990;
    result.failed = 9;
    result.dropped = 1;
    result.ended_late = 5;
    result.elapsed_ns = 2 * NS_PER_S;
    for (int i = 0; i < 990; i++) {
        histogram_record(&result.response, (uint64_t)NS_PER_MS);
        histogram_record(&result.service, 500);
    }
    return &result;
}

static void parse(const char *text, enum status expected, struct load_checks *checks)
{
    struct load_options options = {.check_count = 1, .checks = {text}};

    is_number(load_checks_parse(&options, checks), expected, "'%s' is %s", text,
              expected == STATUS_OK ? "a rule" : "none");
}

static void test_judgement(const struct load_result *result)
{
    static const struct {
        const char *text;
        bool passes;
        const char *finding;
    } examples[] = {
        {"p99<1ms", false, "1.00ms"},
        {"p99<=1ms", true, "1.00ms"},
        {"p99<1.000001ms", true, "1.00ms"},
        {"p99>1ms", false, "1.00ms"},
        {"p99>=1ms", true, "1.00ms"},
        {"p99>999999ns", true, "1.00ms"},
        {"min>=0.001s", true, "1.00ms"},
        {"mean<1000.001us", true, "1.00ms"},
        {"p50<1us", false, "1.00ms"},
        {"p90<2ms", true, "1.00ms"},
        {"p99.9<2ms", true, "1.00ms"},
        {"p99.99<2ms", true, "1.00ms"},
        {"max<2ms", true, "1.00ms"},
        {"response.max<2ms", true, "1.00ms"},
        {"service.p99<=500ns", true, "500ns"},
        {"service.p99 < 500ns", false, "500ns"},
        {"connect.p99<1s", false, "not measured"},
        {"connect.p99>=0s", false, "not measured"},
        {"lag.p99<1s", false, "not measured"},
        {"rate>=495", true, "495.0/s"},
        {"rate>495/s", false, "495.0/s"},
        {"rate<495.001", true, "495.0/s"},
        {"errors<=9", true, "9"},
        {"errors<9", false, "9"},
        {"errors<=0.9%", true, "0.9%"},
        {"errors<0.9%", false, "0.9%"},
        {"errors<0.9000001%", true, "0.9%"},
        {"late<=0.5%", true, "0.5%"},
        {"late>5", false, "5"},
        {"dropped<=0.1%", true, "0.1%"},
        {"dropped<0.1%", false, "0.1%"},
        {"dropped<1", false, "1"},
    };
    struct load_checks checks;

    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct load_finding finding;

        parse(examples[i].text, STATUS_OK, &checks);
        finding = load_check_judge(&checks.all[0], result);
        is_number(finding.passed, examples[i].passes, "%s %s", examples[i].text,
                  examples[i].passes ? "passes" : "fails");
        is_text(finding.text, examples[i].finding, "%s: what was found", examples[i].text);
        is_number(load_checks_pass(&checks, result), examples[i].passes, "%s alone",
                  examples[i].text);
    }
}

static void test_nothing_measured(void)
{
    static const char *const texts[] = {"p99>=0s", "errors<1",  "errors<=100%",
                                        "late<1",  "dropped<1", "rate>=0"};
    static const struct load_result nothing;
    struct load_checks checks;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        parse(texts[i], STATUS_OK, &checks);
        ok(!load_check_judge(&checks.all[0], &nothing).passed,
           "%s fails where nothing was measured", texts[i]);
    }
}

static void test_refusals(void)
{
    static const char *const texts[] = {
        "",
        "p99",
        "<1ms",
        "p99<",
        "p99=1ms",
        "p99==1ms",
        "p99<>1ms",
        "p99<<1s",
        "p99=<1ms",
        "p98<1ms",
        "P99<1ms",
        "p99<1",
        "p99<1m",
        "p99<-1ms",
        "p99<1 ms",
        "p99<1ms ",
        " p99<1ms",
        "service<1ms",
        "service.<1s",
        ".p99<1ms",
        "foo.p99<1s",
        "service.errors<1",
        "lag.lag.p99<1ms",
        "errors<1ms",
        "errors<1.5",
        "errors<x",
        "rate<1%",
        "rate>1.0001",
        "late<%",
        "p99<0.5ns",
        "errors<99999999999999999999",
    };
    struct load_checks checks;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        parse(texts[i], STATUS_USAGE, &checks);
}

static void test_several(const struct load_result *result)
{
    struct load_options options = {.check_count = 2, .checks = {"p99<2ms", "errors<1"}};
    struct load_checks checks;

    is_number(load_checks_parse(&options, &checks), STATUS_OK, "two rules");
    ok(!load_checks_pass(&checks, result), "one that fails is enough");
    options.checks[1] = "errors<10";
    load_checks_parse(&options, &checks);
    ok(load_checks_pass(&checks, result), "all of them pass");
    options.checks[1] = "error<10";
    is_number(load_checks_parse(&options, &checks), STATUS_USAGE, "one that is none is enough");
}

int main(void)
{
    const struct load_result *result = make_result();

    close(STDERR_FILENO); /* refused rules are logged there */
    test_quantities();
    test_judgement(result);
    test_nothing_measured();
    test_refusals();
    test_several(result);
    return tap_end();
}
