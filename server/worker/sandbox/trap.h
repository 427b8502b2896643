/*
 * trap: what the sandbox would refuse is made all the same, and logged (sandbox = log).
 */
#ifndef PREFORKD_SERVER_WORKER_SANDBOX_TRAP_H
#define PREFORKD_SERVER_WORKER_SANDBOX_TRAP_H

#include <stdint.h>

/* Handle SIGSYS, which the kernel sends in place of a call whose action is SECCOMP_RET_TRAP. A line
 * of the log names POOL, and the call: once a second of each name. Returns 0, or -1 with errno. */
int trap_begin(const char *pool);

/* Return the address to which the calls return that the handler makes: they must be allowed. */
uintptr_t trap_exempt(void);

#endif
