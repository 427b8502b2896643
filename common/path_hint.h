/*
 * path_hint: why a path cannot be opened or made, in the words of the system and with what can be
 * seen of its directories and owners.
 */
#ifndef PREFORKD_COMMON_PATH_HINT_H
#define PREFORKD_COMMON_PATH_HINT_H

#include <limits.h>

enum { PATH_HINT_SIZE = 320 };

/* Find what of PATH's directories is missing, from the top. Returns NULL, or the reason, with that
 * directory in MISSING. One that may not be looked at counts as there. */
const char *path_find_missing(const char *path, char missing[PATH_MAX]);

/* Write to TEXT what ERROR, an errno, means for PATH: which directory is missing, or to which user
 * the file or its directory belongs. Returns TEXT. errno is preserved. */
const char *path_explain(const char *path, int error, char text[PATH_HINT_SIZE]);

#endif
