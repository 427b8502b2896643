/*
 * process_title: what ps(1) shows as a process's arguments.
 *
 * The kernel shows the memory in which it passed the arguments and, behind them, the environment. A
 * title is written there, after both have been copied elsewhere; so pointers into the original argv
 * or environ must not be kept. A process forked later sets a title of its own.
 */
#ifndef PREFORKD_COMMON_PROCESS_TITLE_H
#define PREFORKD_COMMON_PROCESS_TITLE_H

/* Copy ARGV and the environment, and give their memory to the title. Call it once, before anything
 * reads either. Returns the copy of ARGV, which lasts as long as the process; NULL with errno where
 * there is no memory, and nothing has changed. */
char **process_title_init(char **argv);

/* Show FORMAT, or TEXT, as the title, cut to the memory that there is. Does nothing before
 * process_title_init(). */
__attribute__((format(printf, 1, 2))) void process_title_set(const char *format, ...);
void process_title_copy(const char *text);

#endif
