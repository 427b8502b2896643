/*
 * source_key: whose a connection is, as one number, by which workers compare: its IPv4 address, the
 * first 64 bits of its IPv6 address, or the user of the process on this host.
 */
#ifndef PREFORKD_SERVER_SCOREBOARD_SOURCE_KEY_H
#define PREFORKD_SERVER_SCOREBOARD_SOURCE_KEY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/endpoint.h"
#include "common/source.h"

/* No source has the first; all that are not known have the second. */
#define SOURCE_KEY_NONE    UINT64_C(0)
#define SOURCE_KEY_UNKNOWN UINT64_C(0xff0f000000000000)

/* Return the key of a client with ADDRESS, an IPv4-mapped one as IPv4; SOURCE_KEY_UNKNOWN where
 * that is no inet address, or that of no single host. */
uint64_t source_key_of_address(const union endpoint_address *address);

/* Return the key of the user UID; SOURCE_KEY_UNKNOWN where that is (uid_t)-1, as no user is. */
uint64_t source_key_of_user(uid_t uid);

/* Return whether KEY can be a source's. */
bool source_key_is_right(uint64_t key);

/* Print KEY to TEXT: an address, `PREFIX/64`, `user:NUMBER`, or `unknown`. */
void source_key_print(uint64_t key, char text[SOURCE_TEXT_SIZE]);

#endif
