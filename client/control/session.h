/*
 * session: send one command to a master over its control socket, and receive the reply.
 */
#ifndef PREFORKD_CLIENT_CONTROL_SESSION_H
#define PREFORKD_CLIENT_CONTROL_SESSION_H

#include <stdint.h>

#include "common/status.h"

/* Send COMMAND, a line without its newline, to the master whose control socket is at PATH, and
 * receive the reply. `ok` has to come within TIMEOUT_NS, the rest within OUTCOME_NS
 * (IO_NO_DEADLINE: any time). Returns STATUS_OK, and *REPLY is what is between `ok` and `end`, to
 * be freed. Otherwise returns what to exit with, and *REPLY is the reason, to be freed, or NULL if
 * there is no memory: the master's own status and reason, STATUS_NO_PERMISSION if the socket may
 * not be opened, STATUS_UNAVAILABLE if no master answers in time. */
enum status session_ask(const char *path, const char *command, int64_t timeout_ns,
                        int64_t outcome_ns, char **reply);

#endif
