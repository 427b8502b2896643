/*
 * driver: all the connections of a run, and what each of them does next. It knows no clock but
 * the stamps of its requests and its schedule: what time it is, the engine says.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_DRIVER_H
#define PREFORKD_CLIENT_LOAD_ENGINE_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "client/load/engine/list.h"
#include "client/load/engine/payload.h"
#include "client/load/engine/poller.h"
#include "client/load/engine/result.h"
#include "client/load/engine/schedule.h"
#include "client/load/plan.h"

/* Of a plan that holds: open and be answered, hold, be answered again. */
enum load_phase { PHASE_OPEN, PHASE_HOLD, PHASE_FINISH };

/* A connection is in at most one of the lists, or in that of the poller. */
struct load_driver {
    const struct load_plan *plan;
    struct load_result *result;
    const struct load_result *all; /* of every process */
    struct load_schedule schedule;
    struct load_payload payload;
    struct load_connection *connections;
    struct load_list joining; /* those that have not begun */
    struct load_list ready;   /* for their next request */
    struct load_list waiting; /* for room in the server's accept queue */
    struct load_list paused;  /* until resume_ns, after they could not connect */
    struct load_list held;    /* open, between two requests */
    struct load_poller poller;
    enum load_phase phase;
    bool stopping;      /* no new request */
    int64_t ended_ns;   /* when the last request was over */
    int64_t starved_ns; /* what was due by then had to wait for a connection */
};

/* 0, or -1 with errno; load_driver_close is due in both cases. SIGNALS: see load_poller_open. */
int load_driver_open(struct load_driver *driver, const struct load_plan *plan,
                     const struct load_schedule *schedule, struct load_result *results,
                     size_t index, int signals);

/* Begin the requests that are due at NOW_NS on the ready connections, and on some of those that
 * have not begun. */
void load_driver_start(struct load_driver *driver, int64_t now_ns);

/* When load_driver_start or load_driver_resume has something to do; NUMBER_UNLIMITED: no time tells. */
int64_t load_driver_next_ns(const struct load_driver *driver);

/* Read replies in the order of the requests, as long as they are there; whether there was one. */
bool load_driver_read(struct load_driver *driver);

/* Go on with CONNECTION, of which the poller told. */
void load_driver_advance(struct load_driver *driver, struct load_connection *connection);

/* Try again whether the server's accept queue has room. */
void load_driver_retry(struct load_driver *driver);

/* Have those ready whose pause is over at NOW_NS. */
void load_driver_resume(struct load_driver *driver, int64_t now_ns);

/* Hold those that are open, and let them go. */
void load_driver_hold(struct load_driver *driver);
void load_driver_release(struct load_driver *driver);

/* End what has taken too long at NOW_NS, as failed. */
void load_driver_give_up(struct load_driver *driver, int64_t now_ns);

/* End everything under way, as dropped. */
void load_driver_drop(struct load_driver *driver);

/* Count what was due by NOW_NS and never sent, as dropped: it waited until now, in vain. */
void load_driver_abandon(struct load_driver *driver, int64_t now_ns);

void load_driver_close(struct load_driver *driver);

#endif
