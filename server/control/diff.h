/*
 * diff: what a reload would change, printed without reloading.
 */
#ifndef PREFORKD_SERVER_CONTROL_DIFF_H
#define PREFORKD_SERVER_CONTROL_DIFF_H

#include <stddef.h>

struct master;

/* Returns lines, to be freed: the differences between the configuration file and the configuration
 * in force, and what a reload would do to each pool; no line where nothing differs. Returns NULL where the file cannot be used,
 * and *WHY has lines, to be freed. */
char *diff_print(const struct master *master, char **why);

#endif
