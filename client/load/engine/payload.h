/*
 * payload: what a request carries and what its reply must be, told from the request's number,
 * so that a reply which belongs to another request shows.
 *
 * All payloads are windows on one pseudo-random pattern: nothing is generated or copied while the
 * load runs.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_PAYLOAD_H
#define PREFORKD_CLIENT_LOAD_ENGINE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/load/plan.h"

enum { PAYLOAD_WINDOW = 65521 }; /* a prime, more than any datagram holds */

struct load_payload {
    unsigned char request[2 * PAYLOAD_WINDOW], reply[2 * PAYLOAD_WINDOW];
    bool any;
};

/* SEED chooses the pattern, so that a reply to another generator shows too. */
void load_payload_init(struct load_payload *payload, enum load_expect expect, uint32_t seed);

/* What request NUMBER carries from OFFSET on; PAYLOAD_WINDOW bytes can be read there. */
const unsigned char *load_payload_request(const struct load_payload *payload, uint64_t number,
                                          size_t offset);

/* Whether BYTES, at most PAYLOAD_WINDOW of them, are what the reply has from OFFSET on. */
bool load_payload_matches(const struct load_payload *payload, uint64_t number, size_t offset,
                          const unsigned char *bytes, size_t size);

#endif
