/*
 * terminal: take the whole terminal over for a live view, and give it back in every case: at the
 * end, at a signal that ends the program, and while the program is suspended.
 *
 * A process has one terminal, so terminal.c has one state.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_TERMINAL_H
#define PREFORKD_CLIENT_CTL_VIEW_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TERMINAL_NO_KEY = -1 };

/* Return whether standard output is a terminal that can move its cursor: TERM is set and not
 * "dumb". */
bool terminal_is_there(void);

/* Take the terminal over. Returns 0, or -1 with errno, and then nothing has changed. From now on
 * SIGINT ends the program with STATUS_OK, other signals end it as by default, and all of them give
 * the terminal back first. */
int terminal_open(void);

/* Ask for the present size; 80 x 24 if it is unknown. */
void terminal_measure(size_t *columns, size_t *rows);

/* Show LINES, each ended by a newline, and nothing else. They must fit. Returns 0, or -1 with
 * errno. */
int terminal_draw(const char *lines);

/* Wait until a key is pressed, clock_now_ns() is DEADLINE_NS, or the size changes. Returns the key,
 * or TERMINAL_NO_KEY. */
int terminal_wait_key(int64_t deadline_ns);

/* Give the terminal back, and the signals. */
void terminal_close(void);

#endif
