/*
 * target: whom a client calls. An ENDPOINT as the command line writes it, or a pool of a
 * configuration -> a socket address to connect to, and what is known of who listens there.
 */
#ifndef PREFORKD_CLIENT_SHARED_TARGET_H
#define PREFORKD_CLIENT_SHARED_TARGET_H

#include <stdbool.h>

#include "common/config/config.h"
#include "common/endpoint.h"
#include "common/status.h"

/* What the command line says; NULL where it says nothing. */
struct target_options {
    const char *config, *pool, *endpoint;
    bool datagram;
};

struct target {
    struct endpoint endpoint;
    char text[ENDPOINT_TEXT_SIZE];  /* the endpoint, for people */
    struct config *config;          /* NULL: an ENDPOINT was given */
    const struct pool_config *pool; /* in config, or NULL: nothing is known of the server */
};

/* Find what OPTIONS name. STATUS_OK, or what to exit with, the reasons logged: STATUS_USAGE,
 * STATUS_CONFIG, or STATUS_UNAVAILABLE for a host without an address; nothing is left to free. */
enum status target_find(const struct target_options *options, struct target *target);

void target_free(struct target *target);

/* Log that TARGET could not be reached, errno says why, and what may help. */
void target_warn_unreachable(const struct target *target);

#endif
