/*
 * server: the process that owns the listeners and the workers, from start to stop.
 *
 * It never serves, never blocks, never reads a caller's bytes. Everything that happens to it is an
 * event of one epoll.
 */
#ifndef PREFORKD_SERVER_SERVER_H
#define PREFORKD_SERVER_SERVER_H

#include "common/config/config.h"
#include "common/failure.h"
#include "server/net/inherited.h"
#include "server/upgrade/takeover.h"
#include "server/upgrade/upgrade.h"

/* What a master starts from. */
struct server_start {
    const struct config_source *source; /* of its configuration, and of the next at a reload */
    struct upgrade_command command;     /* of its successor */
    struct takeover takeover;           /* whether it is a successor itself */
    struct inherited inherited;         /* the listeners that are there */
    int ready_fd;                       /* gets a newline once every worker accepts; -1: nothing */
};

/* Be the master of CONFIG, which is the master's from now on, until a stop is asked for and done. 0, or
 * -1 with FAILURE when it could not start: nothing is left behind then but START. */
int server_run(struct config *config, struct server_start *start, struct failure *failure);

#endif
