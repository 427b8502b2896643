/*
 * networks: see networks.h.
 *
 * Networks are nested or apart, never crossed. So the addresses fall into ranges, in each of which
 * one network is the innermost, and a binary search for the range that an address is in finds the
 * longest prefix.
 */
#include "server/worker/connection/networks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { IPV6_BITS = 128 };

/* The addresses from START to before that of the next range. */
struct network_range {
    struct in6_addr start;
    uint32_t rule;
};

static int compare(const void *a, const void *b)
{
    const struct network *first = a, *second = b;
    int order = memcmp(&first->address, &second->address, sizeof(first->address));

    if (order == 0)
        order = (first->bits > second->bits) - (first->bits < second->bits);
    if (order == 0)
        order = (first->rule > second->rule) - (first->rule < second->rule);
    return order;
}

/* Set *ADDRESS to the first one behind NETWORK. Returns false where there is none. */
static bool find_end(const struct network *network, struct in6_addr *address)
{
    *address = network->address;
    for (unsigned int bit = network->bits; bit-- > 0;) {
        unsigned char mask = (unsigned char)(0x80U >> bit % 8);

        address->s6_addr[bit / 8] ^= mask;
        if ((address->s6_addr[bit / 8] & mask) != 0)
            return true; /* nothing to carry */
    }
    return false;
}

/* Have RULE apply from START on, which is not before the last range. */
static void begin_range(struct networks *networks, const struct in6_addr *start, uint32_t rule)
{
    size_t count = networks->count;

    if (count > 0 && memcmp(&networks->ranges[count - 1].start, start, sizeof(*start)) == 0)
        count--;
    if (count == 0 || networks->ranges[count - 1].rule != rule)
        networks->ranges[count++] = (struct network_range){*start, rule};
    networks->count = count;
}

/* Networks around an address, from the outermost to the innermost. */
struct nest {
    const struct network *at[IPV6_BITS + 1];
    size_t depth;
};

/* Leave the networks of NEST that end before ADDRESS; NULL: all. */
static void leave(struct networks *networks, struct nest *nest, const struct in6_addr *address)
{
    struct in6_addr end;

    while (nest->depth > 0) {
        bool has_end = find_end(nest->at[nest->depth - 1], &end);

        if (address != NULL && (!has_end || memcmp(address, &end, sizeof(end)) < 0))
            return;
        nest->depth--;
        if (has_end && nest->depth > 0)
            begin_range(networks, &end, nest->at[nest->depth - 1]->rule);
    }
}

/* Make the ranges of the COUNT networks of LIST, which is sorted: each network begins one, and ends
 * one. */
static void make_ranges(struct networks *networks, const struct network *list, size_t count)
{
    struct nest nest = {.depth = 0};

    for (size_t i = 0; i < count; i++) {
        leave(networks, &nest, &list[i].address);
        if (nest.depth > 0 && nest.at[nest.depth - 1]->bits == list[i].bits)
            nest.depth--; /* the same network: the later rule wins */
        nest.at[nest.depth++] = &list[i];
        begin_range(networks, &list[i].address, list[i].rule);
    }
    leave(networks, &nest, NULL);
}

int networks_make(struct networks *networks, struct network *list, size_t count)
{
    *networks = (struct networks){.ranges = calloc(2 * count, sizeof(*networks->ranges))};
    if (networks->ranges == NULL)
        return -1;
    qsort(list, count, sizeof(*list), compare);
    make_ranges(networks, list, count);
    return 0;
}

uint32_t networks_find(const struct networks *networks, const struct in6_addr *host)
{
    size_t low = 0, high = networks->count; /* the range is at LOW or behind, and before HIGH */

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(&networks->ranges[middle].start, host, sizeof(*host)) <= 0)
            low = middle;
        else
            high = middle;
    }
    return networks->ranges[low].rule;
}
