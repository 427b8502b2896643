/*
 * root_path: where a path leads for a process that has another root directory. Private to
 * common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_ROOT_PATH_H
#define PREFORKD_COMMON_CONFIG_ROOT_PATH_H

#include <limits.h>

/* Write to FOUND, as this process has to name it, the file that is PATH for a process whose root
 * directory is ROOT; no symbolic link is left below ROOT. Returns 0, or -1 with errno. */
int config_root_path(const char *root, const char *path, char found[PATH_MAX]);

#endif
