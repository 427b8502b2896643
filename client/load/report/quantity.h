/*
 * quantity: parses decimal numbers with a unit, as in the rules of --check: 1.5ms, 0.1%, 5000.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_QUANTITY_H
#define PREFORKD_CLIENT_LOAD_REPORT_QUANTITY_H

#include <stdint.h>

/* The integer value of one percent, so that 0.1 percent is exact. */
#define QUANTITY_PER_PERCENT INT64_C(10000000)

struct quantity_unit {
    const char *name;
    int64_t scale; /* the integer value of 1 of it */
};

/* Parse the whole of TEXT: digits, optionally a point and more digits, and one of UNITS, a table
 * that a NULL name ends. VALUE gets the number times the scale of the unit, exactly. Returns the
 * unit; or NULL if TEXT is no such quantity, too large, or has more decimals than an integer can
 * hold. */
const struct quantity_unit *quantity_parse(const char *text, const struct quantity_unit *units,
                                           int64_t *value);

#endif
