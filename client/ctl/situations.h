/*
 * situations: what a pool can be in, the gravest first: how its figures show it, and what to say.
 */
#ifndef PREFORKD_CLIENT_CTL_SITUATIONS_H
#define PREFORKD_CLIENT_CTL_SITUATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "client/control/snapshot.h"

/* What a sentence is about. Of each topic a pool gets one, the gravest; more would repeat it. */
enum topic { ABOUT_LOAD, ABOUT_FORKS, ABOUT_PAST };

/* What is judged: a pool, and the master that it belongs to. */
struct outlook {
    const struct snapshot *master;
    const struct snapshot_pool *pool;
    const struct pool_stats *stats; /* the pool's */
};

struct situation {
    enum topic topic;
    bool (*holds)(const struct outlook *outlook);
    /* Print a sentence that goes on behind "pool NAME: ", without an end of line. */
    void (*say)(const struct outlook *outlook, FILE *out);
};

extern const struct situation situations[];
extern const size_t situation_count;

#endif
