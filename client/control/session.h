/*
 * session: one command to a master over its control socket, and the reply.
 */
#ifndef PREFORKD_CLIENT_CONTROL_SESSION_H
#define PREFORKD_CLIENT_CONTROL_SESSION_H

#include <stdint.h>

#include "common/status.h"

/* Send COMMAND, a line without its newline, to the master whose control socket is at PATH, and read
 * the reply. STATUS_OK, and *REPLY is what stands between `ok` and `end`, to be freed; or what to
 * exit with, and *REPLY is why, to be freed: what the master says, or STATUS_UNAVAILABLE where none
 * answers within TIMEOUT_NS, STATUS_NO_PERMISSION where the path may not be opened. The `ok` has to
 * come within TIMEOUT_NS; what follows may take OUTCOME_NS (IO_NO_DEADLINE: as long as it takes). */
enum status session_ask(const char *path, const char *command, int64_t timeout_ns,
                        int64_t outcome_ns, char **reply);

#endif
