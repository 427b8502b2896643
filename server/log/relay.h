/*
 * relay: when the master looks for the lines that workers have for the log.
 */
#ifndef PREFORKD_SERVER_LOG_RELAY_H
#define PREFORKD_SERVER_LOG_RELAY_H

#include <stdint.h>

struct master;

/* Lines have come: there may be more of them every moment. */
void log_relay_begin(struct master *master, int64_t now_ns);

/* Relay some, and say what was lost. When to be called again at the latest. */
int64_t log_relay_continue(struct master *master, int64_t now_ns);

/* No worker is left: relay all. */
void log_relay_end(struct master *master);

#endif
