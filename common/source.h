/*
 * source: where a connection may come from: an address, a network, the user or the group of a
 * process on this host, or anywhere.
 */
#ifndef PREFORKD_COMMON_SOURCE_H
#define PREFORKD_COMMON_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/endpoint.h"

enum source_kind { SOURCE_ALL, SOURCE_INET, SOURCE_USER, SOURCE_GROUP };

enum { SOURCE_TEXT_SIZE = INET6_ADDRSTRLEN + sizeof("/128") };

struct source {
    enum source_kind kind;
    struct in6_addr network; /* inet: an IPv4 one as ::ffff:NETWORK; host bits are 0 */
    unsigned int bits;       /* of its prefix; an IPv4 one has 96 more */
    int64_t id;              /* user or group: its number; -1: it has a name */
};

/* Set SOURCE to WORD: `all`, an address, ADDRESS/BITS, `user:NAME` or `group:NAME`, with the number
 * or the name of one. Returns NULL, or a reason that continues a sentence; then SOURCE is
 * undefined, but for a network with host bits, which it is without them. */
const char *source_parse(const char *word, struct source *source);

/* Print SOURCE as source_parse() reads it; a user or group by its number. */
void source_print(const struct source *source, char text[SOURCE_TEXT_SIZE]);

/* Return NAME behind `user:` or `group:`; NULL where WORD has none. */
const char *source_name(const char *word);

/* Set HOST to the inet ADDRESS, an IPv4 one as ::ffff:ADDRESS. Returns false where it is no inet
 * address. */
bool source_host(const union endpoint_address *address, struct in6_addr *host);

/* Return whether a client with that inet ADDRESS comes from SOURCE. */
bool source_has_address(const struct source *source, const union endpoint_address *address);

/* Return whether a process of that user and group (SO_PEERCRED, unix(7)) is SOURCE. */
bool source_has_process(const struct source *source, uid_t uid, gid_t gid);

#endif
