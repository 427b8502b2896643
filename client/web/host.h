/*
 * host: under which names a master is shown. Once the name of a foreign site means this address,
 * its page is of the same origin to a browser, and may read what it gets (DNS rebinding). The
 * browser sends the name of that site as Host, so that a request for another name is what to
 * refuse.
 */
#ifndef PREFORKD_CLIENT_WEB_HOST_H
#define PREFORKD_CLIENT_WEB_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* Which host a request is for. */
struct host {
    const char *name; /* without port, brackets and a dot at its end; not ended by a NUL */
    size_t length;    /* 0: the request names none */
    bool is_address;
};

/* Parse LENGTH BYTES, `NAME` or `NAME:PORT` (RFC 3986, 3.2). Returns false if they are malformed;
 * otherwise HOST is set, and points into BYTES. */
bool host_parse(const char *bytes, size_t length, struct host *host);

/* Returns NULL, or why TEXT is not a list of names as host_is_served() takes it; the reason reads
 * on from TEXT. */
const char *host_check_names(const char *text);

/* Returns whether HOST is an IP address, localhost, a name below that, or one of NAMES: host names
 * with commas in between, of which `.NAME` is NAME and all below it, and `*` any. NAMES may be
 * NULL. A request that names no host is none of a browser. */
bool host_is_served(const struct host *host, const char *names);

#endif
