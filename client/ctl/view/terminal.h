/*
 * screen: the terminal, taken over whole, and given back whatever happens: at the end, at signals
 * that end us, and while we are suspended.
 *
 * There is one terminal, so there is one state, which screen.c owns.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_TERMINAL_H
#define PREFORKD_CLIENT_CTL_VIEW_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CTL_NO_KEY = -1 };

/* Whether standard output is a terminal that knows more than to print. */
bool ctl_screen_is_there(void);

/* Take the terminal over: 0, or -1 with errno, and it is as it was. From now on SIGINT ends the
 * program with STATUS_OK, the other signals that end a program do so as ever, but all of them give
 * the terminal back first. */
int ctl_screen_open(void);

/* The size, for it may change: 80 x 24 where the terminal does not tell. */
void ctl_screen_measure(size_t *columns, size_t *rows);

/* Show LINES, each ended by a newline, and nothing else; they have to fit. 0, or -1 with errno. */
int ctl_screen_draw(const char *lines);

/* Wait for a key until clock_now_ns() is DEADLINE_NS, or until the size has changed; CTL_NO_KEY where
 * none was pressed. */
int ctl_screen_wait(int64_t deadline_ns);

/* Give the terminal back. */
void ctl_screen_close(void);

#endif
