/*
 * driver: all connections of one generator process, and what each of them does next. The engine
 * tells the time: functions that depend on it take NOW_NS.
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

/* The phases of --hold: open each connection and have it answered, hold all of them, have each
 * answered once more. Without --hold the phase stays PHASE_OPEN. */
enum load_phase { PHASE_OPEN, PHASE_HOLD, PHASE_FINISH };

/* A connection is in at most one of the lists, the poller's included. */
struct load_driver {
    const struct load_plan *plan;
    struct load_result *result;
    const struct load_result *all; /* results, one of each process */
    struct load_schedule schedule;
    struct load_payload payload;
    struct load_connection *connections;
    struct load_list joining; /* no request begun yet */
    struct load_list ready;   /* free for the next request */
    struct load_list waiting; /* found the server's accept queue full */
    struct load_list paused;  /* failed to connect; ready again at resume_ns */
    struct load_list held;    /* open, in --hold, between their two requests */
    struct load_poller poller;
    enum load_phase phase;
    bool stopping;      /* begin no new request */
    int64_t ended_ns;   /* when the last request ended */
    int64_t starved_ns; /* until then no connection was free, so what was due waited for one */
};

/* Allocate PLAN's connections; count in the result at INDEX of RESULTS. SIGNALS: see
 * load_poller_open. Returns 0, or -1 with errno; call load_driver_close in both cases. */
int load_driver_open(struct load_driver *driver, const struct load_plan *plan,
                     const struct load_schedule *schedule, struct load_result *results,
                     size_t index, int signals);

/* Begin the requests that are due at NOW_NS, on the ready connections and on some of the
 * joining. */
void load_driver_start(struct load_driver *driver, int64_t now_ns);

/* Return when load_driver_start or load_driver_resume next has something to do; NUMBER_UNLIMITED if
 * that depends on replies alone. */
int64_t load_driver_next_ns(const struct load_driver *driver);

/* Read replies in the order of the requests until one has not arrived yet. Returns whether any
 * had. */
bool load_driver_read(struct load_driver *driver);

/* Continue with CONNECTION, which the poller reported. */
void load_driver_advance(struct load_driver *driver, struct load_connection *connection);

/* Connect again those that found the accept queue full, until one finds it full again. */
void load_driver_retry(struct load_driver *driver);

/* Make ready the connections whose pause is over at NOW_NS. */
void load_driver_resume(struct load_driver *driver, int64_t now_ns);

/* Begin to hold the open connections; end it, so that each has one more request. */
void load_driver_hold(struct load_driver *driver);
void load_driver_release(struct load_driver *driver);

/* Count requests as failed that ran into a timeout by NOW_NS, and close their connections. */
void load_driver_give_up(struct load_driver *driver, int64_t now_ns);

/* Count all requests under way as dropped at NOW_NS, and close their connections. Each counts in
 * the response times with the time that it has waited. */
void load_driver_drop(struct load_driver *driver, int64_t now_ns);

/* Count requests of an open loop that were due by NOW_NS and never sent as dropped. Each counts in
 * the response times with the time that it has waited. */
void load_driver_abandon(struct load_driver *driver, int64_t now_ns);

void load_driver_close(struct load_driver *driver);

#endif
