/*
 * number: see number.h. A number is digits and a unit; each kind of number is a table of units.
 */
#include "common/number.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"

struct unit {
    const char *name;
    int64_t scale;
};

static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

static const struct unit duration_units[] = {
    {"d", 86400 * NS_PER_S},
    {"h", 3600 * NS_PER_S},
    {"m", 60 * NS_PER_S},
    {"s", NS_PER_S},
    {"ms", NS_PER_MS},
    {"", NS_PER_S},
    {NULL, 0},
};

static const struct unit size_units[] = {
    {"", 1}, {"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {NULL, 0},
};

static int64_t unit_scale(const struct unit *units, const char *name)
{
    for (; units->name != NULL; units++) {
        if (strcmp(units->name, name) == 0)
            return units->scale;
    }
    return 0;
}

/* Parse digits of BASE and one of UNITS, behind a minus sign where MIN is negative. KIND is the
 * reason to return for any other text. */
static const char *parse(const char *text, int base, const struct unit *units, const char *kind,
                         int64_t min, int64_t max, int64_t *value)
{
    bool is_negative = min < 0 && *text == '-';
    const char *digits = text + is_negative, *end = digits;
    int64_t number = 0, scale;
    bool too_large = false;

    for (; *end >= '0' && *end < '0' + base; end++)
        too_large |= __builtin_mul_overflow(number, base, &number) ||
                     __builtin_add_overflow(number, *end - '0', &number);
    scale = unit_scale(units, end);
    if (end == digits || scale == 0)
        return kind;
    if (too_large || __builtin_mul_overflow(number, scale, &number))
        return is_negative ? "is too small" : "is too large";
    if (is_negative)
        number = -number;
    if (number > max)
        return "is too large";
    if (number < min)
        return "is too small";
    *value = number;
    return NULL;
}

const char *number_parse_integer(const char *text, int64_t min, int64_t max, int64_t *value)
{
    return parse(text, 10, no_units, "is not a whole number", min, max, value);
}

const char *number_parse_range(const char *text, int64_t min, int64_t max,
                               struct number_range *value)
{
    static const char kind[] = "is not a whole number or a range such as 5..300";
    const char *dots = strstr(text, "..");
    struct number_range range = {0, 0};
    const char *reason;
    char low[NUMBER_TEXT_SIZE];

    if (dots == NULL) {
        reason = parse(text, 10, no_units, kind, min, max, &range.min);
        range.max = range.min;
    } else {
        bool cut = snprintf(low, sizeof(low), "%.*s", (int)(dots - text), text) >= NUMBER_TEXT_SIZE;

        reason = cut ? kind : parse(low, 10, no_units, kind, 0, max, &range.min);
        if (reason == NULL)
            reason = parse(dots + 2, 10, no_units, kind, min, max, &range.max);
        if (reason == NULL && range.min > range.max)
            reason = "is upside down: the smaller number comes first";
    }
    if (reason == NULL)
        *value = range;
    return reason;
}

const char *number_parse_mode(const char *text, int64_t *value)
{
    return parse(text, 8, no_units, "is not an octal file mode such as 0660", 0, 0777, value);
}

const char *number_parse_duration(const char *text, int64_t min_ns, int64_t max_ns,
                                  int64_t *value_ns)
{
    /* The examples are within the limits of most durations, or of those from a second on. */
    const char *kind = min_ns <= 250 * NS_PER_MS ? "is not a duration such as 250ms, 10s, 2m or 1h"
                                                 : "is not a duration such as 5s, 2m or 1h";

    return parse(text, 10, duration_units, kind, min_ns, max_ns, value_ns);
}

const char *number_parse_size(const char *text, int64_t min, int64_t max, int64_t *value)
{
    /* As above: 512 is no example of what has to be larger. */
    const char *kind =
        min <= 512 ? "is not a size such as 512, 4k or 1m" : "is not a size such as 64m or 1g";

    return parse(text, 10, size_units, kind, min, max, value);
}

void number_format_size(int64_t value, char text[NUMBER_TEXT_SIZE])
{
    const struct unit *unit = &size_units[sizeof(size_units) / sizeof(*size_units) - 2];

    while (value == 0 ? unit->scale > 1 : value % unit->scale != 0)
        unit--;
    snprintf(text, NUMBER_TEXT_SIZE, "%lld%s", (long long)(value / unit->scale), unit->name);
}

void number_format_duration(int64_t value_ns, char text[NUMBER_TEXT_SIZE])
{
    const struct unit *unit = duration_units;

    if (value_ns == 0)
        unit = &duration_units[3];
    while (value_ns % unit->scale != 0 && unit->scale > NS_PER_MS)
        unit++;
    snprintf(text, NUMBER_TEXT_SIZE, "%lld%s", (long long)(value_ns / unit->scale), unit->name);
}

int64_t number_vary(int64_t most, int64_t now_ns, pid_t pid)
{
    uint64_t seed = (uint64_t)now_ns ^ (uint64_t)pid << 32;

    /* Neighbouring pids must not give neighbours: MurmurHash's last steps mix all bits. */
    seed = (seed ^ seed >> 33) * 0xff51afd7ed558ccdU;
    seed = (seed ^ seed >> 33) * 0xc4ceb9fe1a85ec53U;
    seed ^= seed >> 33;
    return most == NUMBER_UNLIMITED ? most : most - (int64_t)(seed % (uint64_t)(most / 10 + 1));
}
