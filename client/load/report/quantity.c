/*
 * quantity: see quantity.h. It computes with integers alone: 0.29 has no exact double.
 */
#include "client/load/report/quantity.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Return the end of the number at TEXT, or NULL if there is none. */
static const char *skip_number(const char *text)
{
    if (!is_digit(*text))
        return NULL;
    while (is_digit(*text))
        text++;
    if (*text != '.')
        return text;
    if (!is_digit(*++text))
        return NULL;
    while (is_digit(*text))
        text++;
    return text;
}

static const struct quantity_unit *find_unit(const struct quantity_unit *units, const char *name)
{
    for (; units->name != NULL; units++) {
        if (strcmp(units->name, name) == 0)
            return units;
    }
    return NULL;
}

/* Add DIGIT times SCALE to VALUE. Returns whether it fits. */
static bool add(int64_t *value, char digit, int64_t scale)
{
    int64_t part;

    return !__builtin_mul_overflow((int64_t)(digit - '0'), scale, &part) &&
           !__builtin_add_overflow(*value, part, value);
}

/* Read the number at TEXT times SCALE into VALUE. Returns whether that is exact and fits. */
static bool read_number(const char *text, int64_t scale, int64_t *value)
{
    *value = 0;
    for (; is_digit(*text); text++) {
        if (__builtin_mul_overflow(*value, 10, value) || !add(value, *text, 1))
            return false;
    }
    if (__builtin_mul_overflow(*value, scale, value))
        return false;
    if (*text != '.')
        return true;
    while (is_digit(*++text)) {
        if (*text != '0' && scale % 10 != 0)
            return false; /* truncated, it would be another number than was asked for */
        scale /= 10;
        if (!add(value, *text, scale))
            return false;
    }
    return true;
}

const struct quantity_unit *quantity_parse(const char *text, const struct quantity_unit *units,
                                           int64_t *value)
{
    const char *end = skip_number(text);
    const struct quantity_unit *unit = end != NULL ? find_unit(units, end) : NULL;

    return unit != NULL && read_number(text, unit->scale, value) ? unit : NULL;
}
