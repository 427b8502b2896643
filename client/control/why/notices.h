/*
 * notices: what there is to say of the master itself, beside its pools.
 */
#ifndef PREFORKD_CLIENT_CONTROL_WHY_NOTICES_H
#define PREFORKD_CLIENT_CONTROL_WHY_NOTICES_H

#include <stdio.h>

#include "client/control/snapshot.h"

/* Print, behind PREFIX, that a reload waits for earlier generations, and how long at most; nothing
 * where none does. */
void notices_print_reload(const struct snapshot *snapshot, const char *prefix, FILE *out);

/* The same for lines of the log that were dropped. */
void notices_print_dropped(const struct snapshot *snapshot, const char *prefix, FILE *out);

#endif
