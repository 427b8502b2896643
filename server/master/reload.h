/*
 * reload: a new configuration in place of the running one, or no change.
 *
 * The file is read whole and its pools get pools of their own, which share the listeners whose
 * address is the same. When all of these accept, they are the master's pools and the old ones
 * retire; when they cannot, they retire themselves and the old ones have never stopped.
 */
#ifndef PREFORKD_SERVER_MASTER_RELOAD_H
#define PREFORKD_SERVER_MASTER_RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config/config.h"
#include "server/master/completion.h"

struct master;

/* In the master. */
struct reload {
    struct config *config; /* what is being tried; NULL: nothing is */
    uint64_t generation;   /* the newest that was ever made */
    int64_t due_ns;        /* when all of it has to accept */
    bool wanted;           /* another one, as soon as there can be one */
    struct completion completion;
};

/* Reload, now or, while another one or an upgrade is being tried or too many generations are still
 * retiring, as soon as that is over: what is in the file then is what counts. */
void reload_ask(struct master *master, int64_t now_ns);

/* Go on: put the new generation in charge or undo it, part with pools that have retired. When to
 * be called again at the latest. */
int64_t reload_continue(struct master *master, int64_t now_ns);

/* What the file says now: a configuration that the master can change to, or NULL, and *WHY has lines, to
 * be freed. */
struct config *reload_read(const struct master *master, char **why);

/* The listener of a pool in force where CONFIG wants to listen, or NULL. */
struct listener *reload_find_listener(const struct master *master,
                                      const struct pool_config *config);

/* The master stops: what is being tried is given up. */
void reload_forget(struct master *master, int64_t now_ns);

#endif
