/*
 * json_read: single figures out of a JSON text. It builds nothing: the text is checked once as a
 * whole, and then searched for each figure.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_JSON_READ_H
#define PREFORKD_CLIENT_LOAD_REPORT_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>

enum { JSON_DEPTH_MAX = 16 };

/* Whether TEXT is one JSON value (RFC 8259), nested at most JSON_DEPTH_MAX deep, and nothing else.
 * NULL, or why not, and *OFFSET says where. */
const char *json_check(const char *text, size_t *offset);

enum json_found { JSON_ABSENT, JSON_NULL, JSON_NUMBER, JSON_OTHER };

/* Look for PATH, object keys joined by points as in "latency_ns.response.p99", in TEXT, which
 * json_check has found good; the first of several keys of one name counts. VALUE is set where it is
 * a number. Keys with escapes are never found. */
enum json_found json_find(const char *text, const char *path, double *value);

#endif
