/*
 * environment: the variables that a program is started with: those of the configuration, a few of
 * the master's, and what UCSPI and systemd.exec(5) name of the connection.
 */
#ifndef PREFORKD_SERVER_PROGRAM_ENVIRONMENT_H
#define PREFORKD_SERVER_PROGRAM_ENVIRONMENT_H

#include <stdint.h>

#include "common/endpoint.h"

/* Make the variables that are the same for each connection; SETTINGS, the value of the key
 * environment, NULL for none, come before all others of their name. Returns 0, or -1 with errno. */
int environment_begin(const char *settings);

/* What there is to say of a connection. */
struct environment_facts {
    const union endpoint_address *peer; /* the client's address */
    const union endpoint_address *own;  /* of a proxy, to which it connected; NULL: the socket's */
    socklen_t own_length;
    uint64_t from_source; /* how many connections its source has, with this one; 0: unknown */
};

/* Return the environment for the connection FD, of which FACTS are known. It is good until the next
 * call. */
char *const *environment_of(int fd, const struct environment_facts *facts);

/* Return the environment without the variables of a connection. It is good until the next call. */
char *const *environment_of_none(void);

/* Return the environment for this process as a resident program: NAMED, it gets one listener as
 * descriptor 3, by that name (sd_listen_fds(3)); NULL: it gets none there. It may write to
 * NOTIFY_SOCKET (sd_notify(3)), NULL for none, and a pulse is expected each WATCHDOG_NS. It is
 * good until the next call. */
char *const *environment_of_resident(const char *named, const char *notify_socket,
                                     int64_t watchdog_ns);

/* Return the environment for a datagram that the socket FD has received from PEER, of LENGTH
 * bytes. It is good until the next call. */
char *const *environment_of_datagram(int fd, const union endpoint_address *peer, socklen_t length);

#endif
