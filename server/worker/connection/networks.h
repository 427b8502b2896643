/*
 * networks: the innermost of many networks that an address is in.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_NETWORKS_H
#define PREFORKD_SERVER_WORKER_CONNECTION_NETWORKS_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

/* A network, and the number of its rule. */
struct network {
    struct in6_addr address; /* an IPv4 one as ::ffff:ADDRESS; host bits are 0 */
    unsigned int bits;       /* of its prefix */
    uint32_t rule;
};

struct network_range;

struct networks {
    struct network_range *ranges;
    size_t count;
};

/* Set NETWORKS to the COUNT networks of LIST, of which one is every address; LIST is sorted. Of
 * equal ones the highest rule counts. Returns 0, or -1 with errno. NETWORKS->ranges is to be
 * freed. */
int networks_make(struct networks *networks, struct network *list, size_t count);

/* Return the rule of the innermost network that HOST is in, in a time that grows with the logarithm
 * of their number. */
uint32_t networks_find(const struct networks *networks, const struct in6_addr *host);

#endif
