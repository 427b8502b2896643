/*
 * reload: a new configuration in place of the running one, or no change.
 *
 * The file is read whole, and a candidate generation of pools is opened, which shares the listeners
 * whose address is the same. When all of its workers accept, it is put in force and the old pools
 * retire; when they cannot, the candidates retire and the old pools have never stopped.
 */
#ifndef PREFORKD_SERVER_MASTER_RELOAD_H
#define PREFORKD_SERVER_MASTER_RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config/config.h"
#include "server/master/claims.h"
#include "server/master/completion.h"

struct master;

/* A part of struct master. */
struct reload {
    struct config *config; /* of the candidate generation; NULL: there is none */
    struct claims claims;  /* what it has claimed */
    uint64_t generation;   /* the newest that was ever opened */
    int64_t due_ns;        /* when all candidates have to accept */
    bool wanted;           /* another reload has to begin as soon as it can */
    struct completion completion;
};

/* Reload now, or as soon as another change and the eighth retiring generation are over: the file is
 * read then. The completion says how it ended, also where it could not begin. */
void reload_request(struct master *master, int64_t now_ns);

/* Go on: put the candidates in force, undo them, or begin a reload that had to wait. Returns when
 * to call again at the latest. */
int64_t reload_continue(struct master *master, int64_t now_ns);

/* The master stops: undo a reload that is under way. */
void reload_cancel(struct master *master, int64_t now_ns);

/* Read the file. Returns its configuration; or NULL, and *WHY has lines, to be freed (NULL: no
 * memory). */
struct config *reload_read(const struct master *master, char **why);

#endif
