/*
 * service: what the pool does for a caller, and all that a service may use.
 *
 * A service is one file in services/ and one line in the table of service.c. It blocks as it
 * likes: it has a process of its own, and the watchdog sees to the deadlines.
 */
#ifndef PREFORKD_SERVER_SERVICE_SERVICE_H
#define PREFORKD_SERVER_SERVICE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct connection;

struct service {
    const char *name;
    bool client_speaks_first; /* so that the kernel may hold a caller back until it does */

    /* Serve one connection; what it was given is closed afterwards. */
    void (*stream)(struct connection *connection);

    /* Put the answer to the SIZE bytes of a datagram in their place, in at most ROOM bytes: its
     * length, or -1 where it wants none. NULL: the service has no datagrams. */
    ssize_t (*datagram)(unsigned char *bytes, size_t size, size_t room);
};

/* The service of that NAME, or NULL. */
const struct service *service_find(const char *name);

/* All names, ended by NULL. */
const char *const *service_names(void);

/*
 * What connection.c offers to a service.
 */

/* Wait for the next request, one read(2) of at most SIZE bytes: how many of them to answer, which
 * is 1 where the connection has one request only (what came with it is swallowed); 0 when there is
 * no more to answer: end of file, the last request done, an error, a deadline. */
size_t connection_request(struct connection *connection, void *bytes, size_t size);

/* Answer that request with SIZE bytes; after the connection's last request end the connection with
 * them. 0, or -1 when there is nothing more to do: it has ended, or the caller cannot be reached. */
int connection_answer(struct connection *connection, const void *bytes, size_t size);

/* Without a request: send SIZE bytes; or send them and end the connection with them. 0, or -1 when the
 * caller cannot be reached. */
int connection_send(struct connection *connection, const void *bytes, size_t size);
void connection_conclude(struct connection *connection, const void *bytes, size_t size);

#endif
