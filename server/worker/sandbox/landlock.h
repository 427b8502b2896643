/*
 * landlock: the kernel's Landlock (landlock(7)), a second wall behind the filter of system calls:
 * it judges what a call would do, whatever its number and its arguments.
 */
#ifndef PREFORKD_SERVER_WORKER_SANDBOX_LANDLOCK_H
#define PREFORKD_SERVER_WORKER_SANDBOX_LANDLOCK_H

#include <stdbool.h>

/* What a process is kept from. Each kernel that has one has those before it, too. */
enum landlock_level {
    LANDLOCK_NONE,  /* the kernel has no Landlock, or something keeps it from this process */
    LANDLOCK_FILES, /* no file or directory is opened, made, executed or removed, from Linux 5.13 */
    LANDLOCK_TCP,   /* no bind and no connect over TCP, from 6.7 */
    LANDLOCK_SIGNALS /* no signal to another process, and no abstract socket, from 6.12 */
};

/* The names of the levels, by their number. */
extern const char *const landlock_level_names[];

/* Return the level that this kernel has. */
enum landlock_level landlock_probe(void);

/* Keep this process, and all that it starts, from all that this kernel's level names; where it
 * REACHES_NAMES, abstract sockets can be reached all the same. What is open stays so, and sockets
 * with a path can be reached. No_new_privs is to be set. Returns 0, also where the level is
 * LANDLOCK_NONE and so nothing happens; or -1 with errno. */
int landlock_enter(bool reaches_names);

#endif
