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

/* Put this process, which serves a pool of CONFIG by the listener LISTENER_FD, or becomes its
 * program, into the sandbox of that pool, for good. Where the kernel has no seccomp(2) the rest
 * holds: sandbox_describe() says so. Returns 0, or -1 with errno, and the process must not serve.
 */
int sandbox_enter(const struct pool_config *config, int listener_fd);

/* Print to TEXT which sandbox processes of CONFIG's pool have here: `enforce`, `log` or `off`, for
 * programs `no_new_privileges` or `off`, and what the kernel does not have of it. */
void sandbox_describe(const struct pool_config *config, char text[SANDBOX_TEXT_SIZE]);

#endif
