/*
 * format: numbers and spans of time, as the clients print them for people.
 */
#ifndef PREFORKD_CLIENT_SHARED_FORMAT_H
#define PREFORKD_CLIENT_SHARED_FORMAT_H

#include <stdint.h>

enum { FORMAT_SIZE = 32 };

/* Three digits that matter, in the unit that fits: 812ns, 12.3us, 4.56ms, 7.89s. */
void format_latency(uint64_t ns, char text[FORMAT_SIZE]);

/* How long NS is, in at most two units with GAP before each: with a blank "340 ms", "9.8 s", "12
 * s", "4 m 10 s", "3 h 20 m", "5 d 3 h". A negative one is "?". */
void format_span(int64_t ns, const char *gap, char text[FORMAT_SIZE]);

#endif
