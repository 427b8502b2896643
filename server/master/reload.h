/*
 * reload: a new configuration in place of the running one, or no change.
 *
 * A child reads the file whole (config_reader.h). A candidate generation of pools is opened, some
 * in each turn of the master's loop; it shares the listeners whose address is the same. When all of
 * its workers accept, it is put in force and the old pools retire; when they cannot, the candidates
 * retire and the old pools have never stopped.
 */
#ifndef PREFORKD_SERVER_MASTER_RELOAD_H
#define PREFORKD_SERVER_MASTER_RELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/config.h"
#include "server/master/claims/claims.h"
#include "server/master/claims/placement.h"
#include "server/master/completion.h"
#include "server/master/config_reader.h"

struct master;
struct pool;

enum reload_step {
    RELOAD_NONE,
    RELOAD_READS,   /* the file */
    RELOAD_OPENS,   /* candidates, none of which has a worker yet */
    RELOAD_JUDGES,  /* whether the candidates accept */
    RELOAD_DISCARDS /* candidates, because one could not be opened */
};

/* A part of struct master. */
struct reload {
    enum reload_step step;
    struct config_reader reader;
    struct placement placement; /* of the candidates that are not open yet */
    struct failure failure;     /* why they are discarded */
    struct config *config;      /* of the candidate generation; NULL: there is none */
    struct claims claims;       /* what it has claimed */
    uint64_t generation;        /* the newest that was ever opened */
    int64_t due_ns;             /* when all candidates have to accept */
    bool wanted;                /* another reload has to begin as soon as it can */
    bool wait_logged;           /* that it waits for earlier generations */
    struct pool *renews;        /* the one pool that the candidate replaces; NULL: all (mend.h) */
    int64_t complain_ns;        /* when to log again that there is no new listener */
    struct completion completion;
};

/* Reload now, or as soon as another change and the eighth retiring generation are over: the file is
 * read then. The completion says how it ended, also where it could not begin. */
void reload_request(struct master *master, int64_t now_ns);

/* Returns how many earlier generations are retiring, if a reload has to wait until one of them has
 * ended; otherwise 0. */
size_t reload_waits_for(const struct master *master);

/* A candidate to replace RENEWS, a pool in force, has been opened as the generation after the
 * newest one: judge whether it accepts (mend.h). */
void reload_judge(struct master *master, struct pool *renews, int64_t now_ns);

/* Log from time to time WHY another listener could not be opened, or its candidate not accept. */
void reload_complain(struct master *master, const char *why);

/* Go on: put the candidates in force, undo them, or begin a reload that had to wait. Returns when
 * to call again at the latest. */
int64_t reload_continue(struct master *master, int64_t now_ns);

/* The master stops: undo a reload that is under way, and refuse one that waits. */
void reload_cancel(struct master *master, int64_t now_ns);

/* Returns whether POOL may not fork workers yet. */
bool reload_holds(const struct master *master, const struct pool *pool);

#endif
