/*
 * quantity: a decimal number with a unit, as rules have it: 1.5ms, 0.1%, 5000.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_QUANTITY_H
#define PREFORKD_CLIENT_LOAD_REPORT_QUANTITY_H

#include <stdint.h>

/* A percentage counts in such parts, so that 0.1 of it is exact. */
#define QUANTITY_PER_PERCENT INT64_C(10000000)

struct quantity_unit {
    const char *name;
    int64_t scale; /* what 1 of it counts */
};

/* Read the whole TEXT: digits, perhaps a point and more digits, and one of UNITS, which a NULL ends;
 * VALUE gets what it counts, exactly. The unit, or NULL: it is not such a quantity, too large, or
 * finer than VALUE can be. */
const struct quantity_unit *quantity_parse(const char *text, const struct quantity_unit *units,
                                           int64_t *value);

#endif
