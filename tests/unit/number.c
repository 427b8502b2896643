/*
 * Unit tests of common/number: every unit, both ends of each range, overflow, and what is refused.
 */
#include "common/number.h"

#include "common/clock.h"
#include "tests/unit/tap.h"

#define WHOLE    "is not a whole number"
#define RANGE    "is not a whole number or a range such as 5..300"
#define MODE     "is not an octal file mode such as 0660"
#define DURATION "is not a duration such as 250ms, 10s, 2m or 1h"
#define SIZE     "is not a size such as 512, 4k or 1m"
#define LARGE    "is too large"
#define SMALL    "is too small"

static const int64_t untouched = -77;

struct example {
    const char *text;
    int64_t min, max;
    const char *reason; /* NULL: accepted, as VALUE */
    int64_t value;
};

typedef const char *parser(const char *text, int64_t min, int64_t max, int64_t *value);

static void run(const char *kind, parser *parse, const struct example *examples, size_t count)
{
    for (const struct example *example = examples; example < examples + count; example++) {
        int64_t value = untouched;
        const char *reason = parse(example->text, example->min, example->max, &value);

        is_text(reason, example->reason, "%s '%s' %s", kind, example->text,
                example->reason == NULL ? "is read" : example->reason);
        is_number(value, example->reason == NULL ? example->value : untouched, "%s '%s' %s", kind,
                  example->text, example->reason == NULL ? "has its value" : "stores nothing");
    }
}

#define RUN(kind, parse, examples)                                                                 \
    run(kind, parse, examples, sizeof(examples) / sizeof((examples)[0]))

static void test_integers(void)
{
    static const struct example examples[] = {
        {"0", 0, 9, NULL, 0},
        {"007", 0, 9, NULL, 7},
        {"9", 0, 9, NULL, 9},
        {"10", 0, 9, LARGE, 0},
        {"1", 2, 9, SMALL, 0},
        {"2", 2, 9, NULL, 2},
        {"65535", 0, 65535, NULL, 65535},
        {"65536", 0, 65535, LARGE, 0},
        {"9223372036854775807", 0, INT64_MAX, NULL, INT64_MAX},
        {"9223372036854775808", 0, INT64_MAX, LARGE, 0},
        {"18446744073709551617", 0, 9, LARGE, 0}, /* 1 modulo 2^64 */
        {"99999999999999999999999999999999999999", 0, INT64_MAX, LARGE, 0},
        {"", 0, 9, WHOLE, 0},
        {"-1", 0, 9, WHOLE, 0},
        {"-1", -9, 9, NULL, -1},
        {"-9", -9, 9, NULL, -9},
        {"-10", -9, 9, SMALL, 0},
        {"-2", -9, -3, LARGE, 0},
        {"-99999999999999999999", -9, 9, SMALL, 0},
        {"-", -9, 9, WHOLE, 0},
        {"--1", -9, 9, WHOLE, 0},
        {"- 1", -9, 9, WHOLE, 0},
        {"+1", 0, 9, WHOLE, 0},
        {" 1", 0, 9, WHOLE, 0},
        {"1 ", 0, 9, WHOLE, 0},
        {"1.0", 0, 9, WHOLE, 0},
        {"1e3", 0, 9999, WHOLE, 0},
        {"0x10", 0, 99, WHOLE, 0},
        {"8k", 0, 9999, WHOLE, 0},
        {"12x", 0, 99, WHOLE, 0},
        {"\xd9\xa3", 0, 9, WHOLE, 0}, /* ARABIC-INDIC DIGIT THREE */
    };

    RUN("the integer", number_parse_integer, examples);
}

static const char *parse_mode(const char *text, int64_t min, int64_t max, int64_t *value)
{
    (void)min;
    (void)max;
    return number_parse_mode(text, value);
}

static void test_ranges(void)
{
    static const struct {
        const char *text, *reason;
        int64_t min, max;
    } examples[] = {
        {"5", NULL, 5, 5},
        {"1..9", NULL, 1, 9},
        {"4..4", NULL, 4, 4},
        {"0..4", NULL, 0, 4},
        {"0", SMALL, 0, 0},
        {"0..0", SMALL, 0, 0},
        {"1..10", LARGE, 0, 0},
        {"10..1", LARGE, 0, 0},
        {"5..4", "is upside down: the smaller number comes first", 0, 0},
        {"..4", RANGE, 0, 0},
        {"4..", RANGE, 0, 0},
        {"..", RANGE, 0, 0},
        {"1...4", RANGE, 0, 0},
        {"1..2..3", RANGE, 0, 0},
        {"1 .. 3", RANGE, 0, 0},
        {"", RANGE, 0, 0},
        {"000000000000000000000000000000000001..3", RANGE, 0, 0},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
        struct number_range range = {untouched, untouched};
        bool good = examples[i].reason == NULL;

        is_text(number_parse_range(examples[i].text, 1, 9, &range), examples[i].reason,
                "range '%s' %s", examples[i].text, good ? "is read" : examples[i].reason);
        is_number(range.min, good ? examples[i].min : untouched, "range '%s' begins there",
                  examples[i].text);
        is_number(range.max, good ? examples[i].max : untouched, "and ends there");
    }
}

static void test_modes(void)
{
    static const struct example examples[] = {
        {"0", 0, 0, NULL, 0},
        {"0666", 0, 0, NULL, 0666},
        {"600", 0, 0, NULL, 0600},
        {"0777", 0, 0, NULL, 0777},
        {"1000", 0, 0, LARGE, 0},
        {"01777", 0, 0, LARGE, 0},
        {"0668", 0, 0, MODE, 0},
        {"rw", 0, 0, MODE, 0},
        {"", 0, 0, MODE, 0},
        {"0o666", 0, 0, MODE, 0},
        {"-666", 0, 0, MODE, 0},
        {"u+rw", 0, 0, MODE, 0},
        {"7777777777777777777777777777", 0, 0, LARGE, 0},
    };

    RUN("the mode", parse_mode, examples);
}

static void test_durations(void)
{
    static const struct example examples[] = {
        {"0", 0, INT64_MAX, NULL, 0},
        {"0ms", 0, INT64_MAX, NULL, 0},
        {"7", 0, INT64_MAX, NULL, 7 * NS_PER_S},
        {"250ms", 0, INT64_MAX, NULL, 250 * NS_PER_MS},
        {"10s", 0, INT64_MAX, NULL, 10 * NS_PER_S},
        {"2m", 0, INT64_MAX, NULL, 120 * NS_PER_S},
        {"1h", 0, INT64_MAX, NULL, 3600 * NS_PER_S},
        {"1d", 0, INT64_MAX, NULL, 86400 * NS_PER_S},
        {"999ms", NS_PER_S, INT64_MAX, SMALL, 0},
        {"1000ms", NS_PER_S, INT64_MAX, NULL, NS_PER_S},
        {"60m", 0, 3600 * NS_PER_S, NULL, 3600 * NS_PER_S},
        {"3601s", 0, 3600 * NS_PER_S, LARGE, 0},
        {"9223372036s", 0, INT64_MAX, NULL, INT64_C(9223372036) * NS_PER_S},
        {"9223372037s", 0, INT64_MAX, LARGE, 0},
        {"106751d", 0, INT64_MAX, NULL, INT64_C(106751) * 86400 * NS_PER_S},
        {"106752d", 0, INT64_MAX, LARGE, 0},
        {"18446744073709551616ms", 0, INT64_MAX, LARGE, 0},
        {"", 0, INT64_MAX, DURATION, 0},
        {"s", 0, INT64_MAX, DURATION, 0},
        {"1.5s", 0, INT64_MAX, DURATION, 0},
        {"-1s", 0, INT64_MAX, DURATION, 0},
        {"1 s", 0, INT64_MAX, DURATION, 0},
        {"1S", 0, INT64_MAX, DURATION, 0},
        {"1us", 0, INT64_MAX, DURATION, 0},
        {"1m30s", 0, INT64_MAX, DURATION, 0},
        {"10sec", 0, INT64_MAX, DURATION, 0},
    };

    RUN("the duration", number_parse_duration, examples);
}

static void test_sizes(void)
{
    static const struct example examples[] = {
        {"512", 0, INT64_MAX, NULL, 512},
        {"4k", 0, INT64_MAX, NULL, 4096},
        {"1m", 0, INT64_MAX, NULL, 1 << 20},
        {"3g", 0, INT64_MAX, NULL, INT64_C(3) << 30},
        {"4k", 0, 4096, NULL, 4096},
        {"5k", 0, 4096, LARGE, 0},
        {"0", 1, 4096, SMALL, 0},
        {"8589934591g", 0, INT64_MAX, NULL, INT64_C(8589934591) << 30},
        {"8589934592g", 0, INT64_MAX, LARGE, 0},
        {"", 0, INT64_MAX, SIZE, 0},
        {"k", 0, INT64_MAX, SIZE, 0},
        {"4K", 0, INT64_MAX, SIZE, 0},
        {"4kb", 0, INT64_MAX, SIZE, 0},
        {"4 k", 0, INT64_MAX, SIZE, 0},
        {"-4k", 0, INT64_MAX, SIZE, 0},
    };

    RUN("the size", number_parse_size, examples);
}

static void test_formatting(void)
{
    static const struct {
        int64_t value_ns;
        const char *text;
    } examples[] = {
        {0, "0s"},
        {NS_PER_MS, "1ms"},
        {1500 * NS_PER_MS, "1500ms"},
        {NS_PER_S, "1s"},
        {25 * NS_PER_S, "25s"},
        {90 * NS_PER_S, "90s"},
        {120 * NS_PER_S, "2m"},
        {3600 * NS_PER_S, "1h"},
        {129600 * NS_PER_S, "36h"},
        {86400 * NS_PER_S, "1d"},
        {365 * 86400 * NS_PER_S, "365d"},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
        char text[NUMBER_TEXT_SIZE];
        int64_t value_ns = untouched;

        number_format_duration(examples[i].value_ns, text);
        is_text(text, examples[i].text, "a duration is printed as %s", examples[i].text);
        ok(number_parse_duration(text, 0, INT64_MAX, &value_ns) == NULL &&
               value_ns == examples[i].value_ns,
           "%s reads back as it was", text);
    }
}

static void test_formatting_sizes(void)
{
    static const struct {
        int64_t value;
        const char *text;
    } examples[] = {
        {0, "0"},
        {1, "1"},
        {1023, "1023"},
        {1024, "1k"},
        {1536 << 10, "1536k"},
        {1 << 20, "1m"},
        {INT64_C(3) << 30, "3g"},
        {(INT64_C(3) << 30) + 1, "3221225473"},
        {INT64_C(1) << 50, "1048576g"},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
        char text[NUMBER_TEXT_SIZE];
        int64_t value = untouched;

        number_format_size(examples[i].value, text);
        is_text(text, examples[i].text, "a size is printed as %s", examples[i].text);
        ok(number_parse_size(text, 0, INT64_MAX, &value) == NULL && value == examples[i].value,
           "%s reads back as it was", text);
    }
}

/* Those that were begun at one time vary, and so do those of one process; none leaves the range. */
static void test_variation(void)
{
    int64_t least = INT64_MAX, most = 0;

    for (int i = 0; i < 1000; i++) {
        int64_t value = number_vary(1000, i % 2 == 0 ? 77 : i, i % 2 == 0 ? 4000 + i : 77);

        least = clock_earlier_ns(least, value);
        most = clock_later_ns(most, value);
    }
    ok(least >= 900 && least < 910, "the least of 1,000 variations of 1,000 is %d", (int)least);
    ok(most <= 1000 && most > 990, "the most of them is %d", (int)most);
    least = INT64_MAX;
    most = 0;
    for (int pid = 4000; pid < 4008; pid++) {
        int64_t value = number_vary(10000000, 77, pid);

        least = clock_earlier_ns(least, value);
        most = clock_later_ns(most, value);
    }
    ok(most - least > 200000, "eight neighbours are %d of a million apart", (int)(most - least));
    is_number(number_vary(9, 5, 5), 9, "what has no tenth does not vary");
    is_number(number_vary(NUMBER_UNLIMITED, 5, 5), NUMBER_UNLIMITED, "nor what is unlimited");
}

int main(void)
{
    test_integers();
    test_ranges();
    test_modes();
    test_durations();
    test_sizes();
    test_formatting();
    test_formatting_sizes();
    test_variation();
    return tap_end();
}
