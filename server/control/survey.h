/*
 * survey: what a pool and its workers do at this moment, from its slots and from what the workers
 * say on their pages.
 */
#ifndef PREFORKD_SERVER_CONTROL_SURVEY_H
#define PREFORKD_SERVER_CONTROL_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/control_protocol.h"
#include "common/pool_stats.h"
#include "server/control/reply.h"
#include "server/master/master.h"

enum { BOARD_SIZE = PIECE_SIZE / 2 };

/* A worker, by its slot and by what it says of itself. */
struct look {
    const struct slot *slot;
    const struct worker_page *page;
    const struct counters *counters;
    enum worker_state state;
    bool busy;
    bool awaits_header; /* of a proxy: no client is known, and no connection accepted */
    bool sees_clients;  /* else the counters are not known */
    int64_t since_ns;   /* how long in that state */
};

/* Return what the worker in the slot of POOL at INDEX does. */
struct look survey_look(const struct pool *pool, size_t index, int64_t now_ns);

/* The figures of a pool, and the worker that has its oldest connection. */
struct survey {
    struct pool_stats figures;
    struct counters sums;
    const struct worker_page *oldest; /* NULL: no connection */
    int64_t youngest_ns;              /* the duration of the last connection that began */
    char board[BOARD_SIZE];           /* a letter for each slot */
    size_t board_length;
};

/* Survey POOL together with the pools of its name in other generations. */
void survey_take(const struct master *master, struct pool *pool, struct survey *survey);

#endif
