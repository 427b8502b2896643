/*
 * words: spans of time and foreign text, as preforkctl says them to people.
 */
#ifndef PREFORKD_CLIENT_SHARED_WORDS_H
#define PREFORKD_CLIENT_SHARED_WORDS_H

#include <stddef.h>
#include <stdint.h>

enum { CTL_SPAN_SIZE = 32 };

/* How long NS is, in at most two units with GAP before each: with a blank "340 ms", "9.8 s", "12 s",
 * "4 m 10 s", "3 h 20 m", "5 d 3 h". A negative one is "?". */
void ctl_span(int64_t ns, const char *gap, char text[CTL_SPAN_SIZE]);

/* Copy at most SIZE - 1 characters of FROM, "?" where it is NULL. What is not printable ASCII
 * becomes `?`: no byte of a peer's reaches a terminal as a control, and each takes one column. */
void ctl_clean(const char *from, char *text, size_t size);

#endif
