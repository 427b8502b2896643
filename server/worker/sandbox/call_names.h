/*
 * call_names: the names of the system calls of this architecture.
 */
#ifndef PREFORKD_SERVER_WORKER_SANDBOX_CALL_NAMES_H
#define PREFORKD_SERVER_WORKER_SANDBOX_CALL_NAMES_H

/* Numbers from here on have no name. */
enum { CALL_NAMES_END = 480 };

/* Return the name of the system call NUMBER, or NULL. */
const char *call_name(int number);

#endif
