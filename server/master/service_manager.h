/*
 * service_manager: what a service manager is told (sd_notify(3)), over the datagram socket NOTIFY_SOCKET.
 *
 * Nothing comes of it where there is none, and nobody waits for it: a message that cannot be sent at
 * once is lost.
 */
#ifndef PREFORKD_SERVER_MASTER_SERVICE_MANAGER_H
#define PREFORKD_SERVER_MASTER_SERVICE_MANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/endpoint.h"

struct service_manager {
    int fd; /* -1: there is no service manager that wants to know */
    struct endpoint endpoint;
    bool ready;             /* it was told that we are */
    int64_t alive_every_ns; /* how often it is told that we live; 0: not */
    int64_t alive_due_ns;
};

/* Find out who wants to be told what, by the environment. */
void service_manager_open(struct service_manager *notify);
void service_manager_close(struct service_manager *notify);

/* All workers accept, so many in so many pools, and we are the main process: this is also the end of
 * a reload, whatever came of it. */
void service_manager_ready(struct service_manager *notify, size_t pools, size_t workers);

void service_manager_reloading(const struct service_manager *notify);
void service_manager_stopping(const struct service_manager *notify);

/* SUCCESSOR is the main process from now on, and says the rest. */
void service_manager_successor(struct service_manager *notify, pid_t successor);

/* Say that we live, when that is due (WATCHDOG_USEC). When the next time is; INT64_MAX: never. */
int64_t service_manager_alive(struct service_manager *notify, int64_t now_ns);

#endif
