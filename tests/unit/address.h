/*
 * address: the address of a client, as text in a table of examples has it.
 */
#ifndef PREFORKD_TESTS_UNIT_ADDRESS_H
#define PREFORKD_TESTS_UNIT_ADDRESS_H

#include <arpa/inet.h>

#include "common/endpoint.h"

/* Return the IPv4 or IPv6 address that TEXT is, with port 0. */
static inline union endpoint_address address_of(const char *text)
{
    union endpoint_address address = {.any.sa_family = AF_INET};

    if (inet_pton(AF_INET, text, &address.inet4.sin_addr) != 1) {
        address.any.sa_family = AF_INET6;
        inet_pton(AF_INET6, text, &address.inet6.sin6_addr);
    }
    return address;
}

#endif
