/*
 * service_manager: what systemd, or another service manager, is sent about this service
 * (sd_notify(3)), by datagrams to the socket NOTIFY_SOCKET.
 *
 * Without that variable every function does nothing. A message that cannot be sent at once is lost:
 * the master never waits for its manager.
 */
#ifndef PREFORKD_SERVER_MASTER_SERVICE_MANAGER_H
#define PREFORKD_SERVER_MASTER_SERVICE_MANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/endpoint.h"

struct service_manager {
    int fd; /* -1: there is no service manager */
    struct endpoint endpoint;
    bool is_watching;       /* the service was ready once: it has to send a pulse from then on */
    bool is_reported;       /* the manager knows that all workers accept */
    bool has_failed;        /* the last message could not be sent */
    int64_t alive_every_ns; /* how often the manager wants a pulse; 0: never */
    int64_t alive_due_ns;
};

/* Read from the environment where messages go and how often a pulse is wanted. */
void service_manager_open(struct service_manager *manager);
void service_manager_close(struct service_manager *manager);

/* Report that WORKERS in POOLS accept, and that this is the main process. It ends a reload, too,
 * whatever became of it. */
void service_manager_ready(struct service_manager *manager, size_t pools, size_t workers);

/* Report that a reload begins; that the service stops, within TIMEOUT_NS (NUMBER_UNLIMITED: the
 * manager's own limit holds), and what a fast stop takes, in which programs have KILL_AFTER_NS. */
void service_manager_reloading(struct service_manager *manager);
void service_manager_stopping(struct service_manager *manager, int64_t timeout_ns,
                              int64_t kill_after_ns);

/* Report that SUCCESSOR is the main process from now on, and send nothing more: it does. */
void service_manager_successor(struct service_manager *manager, pid_t successor);

/* Send a pulse when one is due (WATCHDOG_USEC). Returns when the next one will be;
 * NEVER_NS: none is wanted. */
int64_t service_manager_alive(struct service_manager *manager, int64_t now_ns);

#endif
