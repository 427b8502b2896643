/*
 * situations: what may be wrong with a pool, or right, the gravest first: how its figures show it,
 * and the sentence that explains it.
 */
#ifndef PREFORKD_CLIENT_CONTROL_WHY_SITUATIONS_H
#define PREFORKD_CLIENT_CONTROL_WHY_SITUATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "client/control/snapshot.h"

/* What a sentence is about. A pool gets the gravest one of each topic: others would repeat it. */
enum topic {
    ABOUT_LOAD,
    ABOUT_FORKS,
    ABOUT_RETIRING,
    ABOUT_PROGRAMS,
    ABOUT_PROXIES,
    ABOUT_ACCESS,
    ABOUT_SOURCES,
    ABOUT_PAST,
    TOPICS
};

/* How a pool stands, the best first. */
enum standing {
    STANDING_WELL,     /* it accepts, and has room */
    STANDING_TROUBLED, /* the same, and something is to be mended */
    STANDING_FULL,     /* it accepts, and the next client has to wait */
    STANDING_DOWN,     /* it does not accept */
    STANDINGS
};

/* What is judged: a pool, and its master. */
struct outlook {
    const struct snapshot *master;
    const struct snapshot_pool *pool;
    const struct pool_stats *stats; /* the pool's */
};

struct situation {
    enum topic topic;
    enum standing standing;
    bool (*holds)(const struct outlook *outlook);
    /* Print the sentence that follows "pool NAME: ", without a newline. */
    void (*say)(const struct outlook *outlook, FILE *out);
};

extern const struct situation situations[];
extern const size_t situation_count;

#endif
