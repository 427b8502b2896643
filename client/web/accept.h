/*
 * accept: which of two formats a client would rather have, by the headers Accept of its request
 * (RFC 9110, 12.5.1).
 */
#ifndef PREFORKD_CLIENT_WEB_ACCEPT_H
#define PREFORKD_CLIENT_WEB_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

/* How much a client wants each, in thousandths. Begin with all zero. */
struct accept {
    int openmetrics, text;
};

/* Add the value of one header, LENGTH bytes of VALUE. What is malformed in it is not wanted. */
void accept_add(struct accept *accept, const char *value, size_t length);

/* Returns whether the client has asked for OpenMetrics, and wants nothing else more. */
bool accept_prefers_openmetrics(const struct accept *accept);

#endif
