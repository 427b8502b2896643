/*
 * master: the process that owns the listeners and the workers, from start to stop.
 *
 * It never serves, never blocks, never reads a caller's bytes. Everything that happens to it is an
 * event of one epoll.
 */
#ifndef PREFORKD_SERVER_MASTER_H
#define PREFORKD_SERVER_MASTER_H

#include "common/config.h"
#include "server/failure.h"

/* Be the master of CONFIG, which SOURCE gave and which is the master's from now on, and of what SOURCE
 * gives at a reload, until a stop is asked for and done; a newline goes to READY_FD once every
 * worker accepts (-1: nowhere). 0, or -1 with FAILURE when it could not start: nothing is left
 * behind then. */
int master_run(const struct config_source *source, struct config *config, int ready_fd,
               struct failure *failure);

#endif
