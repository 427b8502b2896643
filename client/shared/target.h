/*
 * target: the server that a client calls. Turns an ENDPOINT of the command line, or a pool of a
 * configuration, into a socket address to connect to and what is known of the server there.
 */
#ifndef PREFORKD_CLIENT_SHARED_TARGET_H
#define PREFORKD_CLIENT_SHARED_TARGET_H

#include <stdbool.h>

#include "common/config/config.h"
#include "common/endpoint.h"
#include "common/status.h"

/* From the command line; NULL where not given. */
struct target_options {
    const char *config, *pool, *endpoint;
    bool datagram;
};

struct target {
    struct endpoint endpoint;
    char text[ENDPOINT_TEXT_SIZE];  /* the endpoint, for people */
    struct config *config;          /* NULL if an ENDPOINT was given */
    const struct pool_config *pool; /* in config; NULL if an ENDPOINT was given */
};

/* Find the server that OPTIONS name. Returns STATUS_OK; or, with the reason logged and nothing left
 * to free, STATUS_USAGE, STATUS_CONFIG, or STATUS_UNAVAILABLE for a host without an address. */
enum status target_find(const struct target_options *options, struct target *target);

void target_free(struct target *target);

/* Give the socket FD a name if it is a unix datagram socket: without one it could not be answered.
 * The kernel chooses the name, as for any bind(2) to a bare family (unix(7), autobind). Returns 0,
 * or -1 with errno, for want of memory alone. */
int target_name_socket(const struct endpoint *endpoint, int fd);

/* Log that TARGET could not be reached, with the cause in errno and a hint if a relative path may
 * be the reason. */
void target_warn_unreachable(const struct target *target);

#endif
