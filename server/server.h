/*
 * server: a master from its start to its stop. It puts the parts together and runs the event loop.
 */
#ifndef PREFORKD_SERVER_SERVER_H
#define PREFORKD_SERVER_SERVER_H

#include "common/config/config.h"
#include "server/upgrade/upgrade.h"

struct server_options {
    const struct config_source *source; /* what a reload reads */
    struct config *config;              /* what it reads now, freed here; NULL: it has errors */
    const char *config_errors;          /* for a predecessor, which started this process */
    struct upgrade_command command;     /* what an upgrade executes */
    int ready_fd;                       /* gets a newline once every worker accepts; -1: none */
};

/* Be a master until a stop is asked for and done. Returns the exit status; what failed has been
 * logged. */
int server_run(const struct server_options *options);

#endif
