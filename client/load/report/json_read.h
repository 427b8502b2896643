/*
 * json_read: finds single numbers in a JSON text. It allocates nothing: the text is checked once as
 * a whole, then searched for each number.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_JSON_READ_H
#define PREFORKD_CLIENT_LOAD_REPORT_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>

enum { JSON_DEPTH_MAX = 16 };

/* Check that TEXT is one JSON value (RFC 8259), nested at most JSON_DEPTH_MAX deep, and nothing
 * else. Returns NULL, or the reason why not; *OFFSET is then the first byte that is wrong. */
const char *json_check(const char *text, size_t *offset);

enum json_found { JSON_ABSENT, JSON_NULL, JSON_NUMBER, JSON_OTHER };

/* Look in TEXT, which json_check has accepted, for PATH: object keys joined by points, as in
 * "latency_ns.response.p99". Of several keys of one name the first counts; keys with escapes are
 * never found. VALUE is set if a number is found. */
enum json_found json_find(const char *text, const char *path, double *value);

#endif
