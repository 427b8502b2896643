/*
 * payload: see payload.h.
 */
#include "client/load/engine/payload.h"

#include <string.h>

void load_payload_init(struct load_payload *payload, enum load_expect expect, uint32_t seed)
{
    uint32_t state = seed;

    for (size_t i = 0; i < PAYLOAD_WINDOW; i++) {
        unsigned char byte;

        state = state * 1664525 + 1013904223;
        byte = (unsigned char)(state >> 24);
        payload->request[i] = payload->request[i + PAYLOAD_WINDOW] = byte;
        if (expect == EXPECT_INCREMENT)
            byte++;
        payload->reply[i] = payload->reply[i + PAYLOAD_WINDOW] = byte;
    }
    payload->any = expect == EXPECT_ANY;
}

/* Return where in the pattern byte OFFSET of request NUMBER lies. Neighbouring numbers are far
 * apart. */
static size_t window_of(uint64_t number, size_t offset)
{
    return (number % PAYLOAD_WINDOW * 40503 + offset) % PAYLOAD_WINDOW;
}

const unsigned char *load_payload_request(const struct load_payload *payload, uint64_t number,
                                          size_t offset)
{
    return payload->request + window_of(number, offset);
}

bool load_payload_matches(const struct load_payload *payload, uint64_t number, size_t offset,
                          const unsigned char *bytes, size_t size)
{
    return payload->any || memcmp(payload->reply + window_of(number, offset), bytes, size) == 0;
}
