/*
 * signal_name: signals by the names that people know. musl has no sigabbrev_np(3).
 */
#ifndef PREFORKD_COMMON_SIGNAL_NAME_H
#define PREFORKD_COMMON_SIGNAL_NAME_H

enum { SIGNAL_NAME_SIZE = 16 };

/* Returns the name of the signal NUMBER, "SIGSEGV"; "signal 34", written to TEXT, where it has
 * none. */
const char *signal_name(int number, char text[SIGNAL_NAME_SIZE]);

#endif
