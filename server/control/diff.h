/*
 * diff: what a reload would change, printed without reloading.
 */
#ifndef PREFORKD_SERVER_CONTROL_DIFF_H
#define PREFORKD_SERVER_CONTROL_DIFF_H

struct config;
struct master;

/* Returns lines, to be freed: the differences between CONFIG, which was read from the configuration
 * file, and the configuration in force, and what a reload would do to each pool; no line where
 * nothing differs. NULL: the reload would be refused, and *WHY says why, to be freed; or there is
 * no memory. */
char *diff_print(const struct master *master, const struct config *config, char **why);

#endif
