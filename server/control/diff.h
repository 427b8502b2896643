/*
 * diff: what a reload would do, before anybody asks for one.
 */
#ifndef PREFORKD_SERVER_CONTROL_DIFF_H
#define PREFORKD_SERVER_CONTROL_DIFF_H

#include <stddef.h>

struct master;

/* What the configuration file says otherwise than what MASTER runs by, and what a reload would do to each
 * pool: lines, to be freed. NULL: the file cannot be used, and *WHY has lines, to be freed. */
char *diff_print(const struct master *master, char **why);

#endif
