/*
 * format: numbers for people.
 */
#ifndef PREFORKD_CLIENT_SHARED_FORMAT_H
#define PREFORKD_CLIENT_SHARED_FORMAT_H

#include <stdint.h>

enum { FORMAT_SIZE = 32 };

/* Three digits that matter, in the unit that fits: 812ns, 12.3us, 4.56ms, 7.89s. */
void format_latency(uint64_t ns, char text[FORMAT_SIZE]);

#endif
