/*
 * payload: the bytes of each request and of its reply. Both follow from the request's number, so
 * that a reply to another request is seen as a mismatch.
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

/* Make the pattern that follows from SEED. Another seed each run shows replies to another generator
 * too. */
void load_payload_init(struct load_payload *payload, enum load_expect expect, uint32_t seed);

/* Return the bytes of request NUMBER from OFFSET on; PAYLOAD_WINDOW of them can be read. */
const unsigned char *load_payload_request(const struct load_payload *payload, uint64_t number,
                                          size_t offset);

/* Return whether SIZE BYTES, at most PAYLOAD_WINDOW, are what the reply to request NUMBER has from
 * OFFSET on. */
bool load_payload_matches(const struct load_payload *payload, uint64_t number, size_t offset,
                          const unsigned char *bytes, size_t size);

#endif
