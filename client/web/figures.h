/*
 * figures: a pool as the page shows it: a JSON object of what is known of it now, and of the second
 * before.
 */
#ifndef PREFORKD_CLIENT_WEB_FIGURES_H
#define PREFORKD_CLIENT_WEB_FIGURES_H

#include "client/control/snapshot.h"

/* Return the object of POOL of SNAPSHOT, to be freed, NULL with errno if there is no memory.
 * EARLIER is the pool a second before; NULL: not known. */
char *figures_of(const struct snapshot *snapshot, const struct snapshot_pool *pool,
                 const struct snapshot_pool *earlier);

#endif
