/*
 * sandbox: what a worker, or a program, can no longer do once it serves, whatever its client makes
 * of it. rules.c has the system calls that each may make.
 */
#ifndef PREFORKD_SERVER_WORKER_SANDBOX_SANDBOX_H
#define PREFORKD_SERVER_WORKER_SANDBOX_SANDBOX_H

#include <stdbool.h>

#include "common/config/config.h"

/* Room for the text of sandbox_describe(), with its NUL. */
enum { SANDBOX_TEXT_SIZE = 64 };

/* Return whether the kernel, and the filters that this process was started with, let it filter
 * system calls. The first call asks, and the answer is kept: a child has it from its parent. */
bool sandbox_has_seccomp(void);

/* What processes of one pool need to enter its sandbox. */
struct sandbox;

/* Make that of CONFIG's pool, in the master: what is the same for all its processes is computed
 * once, before the first fork. Returns 0 with *SANDBOX, NULL where the pool has none; or -1 with
 * errno, and sandbox_destroy() is to be called all the same. */
int sandbox_create(const struct pool_config *config, struct sandbox **sandbox);

/* Free SANDBOX, which may be NULL. */
void sandbox_destroy(struct sandbox *sandbox);

/* Put this process, which serves a pool by the listener LISTENER_FD, or becomes its program, into
 * SANDBOX, for good; NULL: do nothing. Where the kernel has no seccomp(2) the rest holds:
 * sandbox_describe() says so. Returns 0, or -1 with errno, and the process must not serve. */
int sandbox_enter(const struct sandbox *sandbox, int listener_fd);

/* Print to TEXT which sandbox processes of CONFIG's pool have here: `enforce`, `log` or `off`, for
 * programs `no_new_privileges` or `off`, and what the kernel does not have of it. */
void sandbox_describe(const struct pool_config *config, char text[SANDBOX_TEXT_SIZE]);

#endif
