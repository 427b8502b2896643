/*
 * format: numbers, spans of time and foreign text, as the clients print them for people.
 */
#ifndef PREFORKD_CLIENT_SHARED_FORMAT_H
#define PREFORKD_CLIENT_SHARED_FORMAT_H

#include <stddef.h>
#include <stdint.h>

enum { FORMAT_SIZE = 32 };

/* Three digits that matter, in the unit that fits: 812ns, 12.3us, 4.56ms, 7.89s. */
void format_latency(uint64_t ns, char text[FORMAT_SIZE]);

/* How long NS is, in at most two units with GAP before each: with a blank "340 ms", "9.8 s", "12 s",
 * "4 m 10 s", "3 h 20 m", "5 d 3 h". A negative one is "?". */
void format_span(int64_t ns, const char *gap, char text[FORMAT_SIZE]);

/* Copy at most SIZE - 1 characters of FROM, "?" where it is NULL. What is not printable ASCII
 * becomes `?`: no byte of a peer's reaches a terminal as a control, and each takes one column. */
void format_clean(const char *from, char *text, size_t size);

#endif
