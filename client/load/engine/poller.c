/*
 * poller: see poller.h.
 */
#include "client/load/engine/poller.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/clock.h"

enum { FEW = 8 }; /* fresh requests that ppoll(2) waits for */

int load_poller_open(struct load_poller *poller, int signals)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

    poller->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (poller->epoll < 0)
        return -1;
    return epoll_ctl(poller->epoll, EPOLL_CTL_ADD, signals, &event);
}

/* Have epoll report what CONNECTION waits for, unless it does already. */
static void enter(struct load_poller *poller, struct load_connection *connection)
{
    struct epoll_event event = {.events = load_connection_events(connection),
                                .data.ptr = connection};

    if (event.events == connection->watched)
        return;
    /* This can fail with ENOMEM and ENOSPC alone; the request then runs into its timeout. */
    if (epoll_ctl(poller->epoll, connection->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
                  connection->fd, &event) == 0)
        connection->watched = event.events;
}

void load_poller_add(struct load_poller *poller, struct load_connection *connection)
{
    if (connection->list == &poller->fresh)
        return;
    if (connection->watched == 0 && connection->state == STATE_RECEIVING)
        load_list_append(&poller->fresh, connection);
    else
        enter(poller, connection);
}

void load_poller_forget(struct load_poller *poller, struct load_connection *connection)
{
    if (connection->watched != 0)
        epoll_ctl(poller->epoll, EPOLL_CTL_DEL, connection->fd, NULL);
    connection->watched = 0;
}

/* Wait for the fresh requests, at most FEW, and for the epoll. Returns how many of the fresh can
 * continue, and in *EPOLL_READY whether the epoll has events. */
static size_t poll_fresh(struct load_poller *poller, int64_t timeout_ns,
                         struct load_connection **ready, bool *epoll_ready)
{
    const struct timespec timeout = {.tv_sec = timeout_ns / NS_PER_S,
                                     .tv_nsec = timeout_ns % NS_PER_S};
    struct load_connection *fresh[FEW];
    struct pollfd wanted[FEW + 1];
    nfds_t count = 0;
    size_t found = 0;

    for (struct load_connection *one = poller->fresh.first; one != NULL; one = one->next) {
        fresh[count] = one;
        wanted[count++] = (struct pollfd){.fd = one->fd, .events = POLLIN};
    }
    wanted[count] = (struct pollfd){.fd = poller->epoll, .events = POLLIN};
    *epoll_ready = false;
    if (ppoll(wanted, count + 1, &timeout, NULL) <= 0)
        return 0;
    for (nfds_t i = 0; i < count; i++) {
        if (wanted[i].revents != 0) {
            load_list_remove(fresh[i]);
            ready[found++] = fresh[i];
        }
    }
    *epoll_ready = wanted[count].revents != 0;
    return found;
}

static size_t take_epoll(struct load_poller *poller, int timeout_ms, struct load_connection **ready,
                         int room)
{
    struct epoll_event events[POLLER_AT_ONCE];
    int count = epoll_wait(poller->epoll, events, room, timeout_ms);

    for (int i = 0; i < count; i++)
        ready[i] = events[i].data.ptr;
    return count < 0 ? 0 : (size_t)count;
}

/* epoll_wait(2) takes milliseconds; for shorter timeouts ppoll(2) waits for the epoll. */
size_t load_poller_wait(struct load_poller *poller, int64_t timeout_ns,
                        struct load_connection **ready)
{
    struct load_connection *connection;
    bool epoll_ready;
    size_t found;

    if (timeout_ns == 0)
        return take_epoll(poller, 0, ready, POLLER_AT_ONCE);
    while (poller->fresh.count > FEW && (connection = load_list_take(&poller->fresh)) != NULL)
        enter(poller, connection);
    if (poller->fresh.count == 0 && timeout_ns >= NS_PER_MS)
        return take_epoll(poller, (int)(timeout_ns / NS_PER_MS), ready, POLLER_AT_ONCE);
    found = poll_fresh(poller, timeout_ns, ready, &epoll_ready);
    if (!epoll_ready)
        return found;
    return found + take_epoll(poller, 0, ready + found, POLLER_AT_ONCE - (int)found);
}

void load_poller_close(struct load_poller *poller)
{
    if (poller->epoll >= 0)
        close(poller->epoll);
    poller->epoll = -1;
}
