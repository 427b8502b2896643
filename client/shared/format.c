/*
 * format: see format.h.
 */
#include "client/shared/format.h"

#include <stddef.h>
#include <stdio.h>

void format_latency(uint64_t ns, char text[FORMAT_SIZE])
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    double value = (double)ns;
    size_t unit = 0;

    while (value >= 999.5 && unit < 3) {
        value /= 1000;
        unit++;
    }
    snprintf(text, FORMAT_SIZE, "%.*f%s",
             unit == 0 || value >= 99.95 ? 0
             : value >= 9.995            ? 1
                                         : 2,
             value, units[unit]);
}
