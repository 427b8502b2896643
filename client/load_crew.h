/*
 * load_crew: all the connections of a run, and what each of them does next. It knows no clock but
 * the stamps of its requests: when something is due, load_engine says.
 */
#ifndef PREFORKD_CLIENT_LOAD_CREW_H
#define PREFORKD_CLIENT_LOAD_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "client/load_list.h"
#include "client/load_payload.h"
#include "client/load_plan.h"
#include "client/load_watch.h"

/* Of a plan that holds: open and be answered, hold, be answered again. */
enum load_phase { PHASE_OPEN, PHASE_HOLD, PHASE_FINISH };

/* A connection is in at most one of the lists, or in that of the watch. */
struct load_crew {
    const struct load_plan *plan;
    struct load_result *result;
    struct load_payload payload;
    struct load_connection *connections;
    struct load_list joining; /* those that have not begun */
    struct load_list ready;   /* for their next request */
    struct load_list waiting; /* for room in the server's accept queue */
    struct load_list paused;  /* until resume_ns, after they could not connect */
    struct load_list held;    /* open, between two requests */
    struct load_watch watch;
    enum load_phase phase;
    bool stopping;    /* no new request */
    int64_t ended_ns; /* when the last request was over */
};

/* 0, or -1 with errno; load_crew_close is due in both cases. SIGNALS: see load_watch_open. */
int load_crew_open(struct load_crew *crew, const struct load_plan *plan, struct load_result *result,
                   int signals);

/* Begin a request on every ready connection, and on some of those that have not begun. */
void load_crew_start(struct load_crew *crew);

/* Whether load_crew_start has something to do. */
bool load_crew_can_start(const struct load_crew *crew);

/* Read replies in the order of the requests, as long as they are there; whether there was one. */
bool load_crew_read(struct load_crew *crew);

/* Go on with CONNECTION, of which the watch told. */
void load_crew_advance(struct load_crew *crew, struct load_connection *connection);

/* Try again whether the server's accept queue has room. */
void load_crew_retry(struct load_crew *crew);

/* Have those ready whose pause is over at NOW_NS. */
void load_crew_resume(struct load_crew *crew, int64_t now_ns);

/* Hold those that are open, and let them go. */
void load_crew_hold(struct load_crew *crew);
void load_crew_release(struct load_crew *crew);

/* Give up what began before SINCE_NS, as failed, or as dropped where the run is cut short. */
void load_crew_give_up(struct load_crew *crew, int64_t since_ns, bool drop);

void load_crew_close(struct load_crew *crew);

#endif
