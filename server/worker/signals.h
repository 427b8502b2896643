/*
 * signals: what signals do to a worker. The master retires it, has it cut its connection, or has it
 * close the listener; the kernel signals the last as well when the master dies.
 */
#ifndef PREFORKD_SERVER_WORKER_SIGNALS_H
#define PREFORKD_SERVER_WORKER_SIGNALS_H

#include "server/worker/worker_state.h"

/* Handle signals from now on, and unblock them. WORKER must last as long as the process: a handler
 * is handed no context, so the pointer is kept. */
void signals_begin(struct worker *worker);

#endif
