/*
 * resources: what a worker may still have of the kernel once it serves, by limits of setrlimit(2),
 * which hold where the kernel filters no system calls, too.
 */
#ifndef PREFORKD_SERVER_WORKER_SANDBOX_RESOURCES_H
#define PREFORKD_SERVER_WORKER_SANDBOX_RESOURCES_H

/* Take from this process, which changes its user no more, core files, other processes, and all new
 * descriptors but one, for its connection. Root can make processes all the same. Returns 0, or -1
 * with errno. */
int resources_give_up(void);

#endif
