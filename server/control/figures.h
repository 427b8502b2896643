/*
 * figures: what the workers of a pool have counted, as figures of its status.
 */
#ifndef PREFORKD_SERVER_CONTROL_FIGURES_H
#define PREFORKD_SERVER_CONTROL_FIGURES_H

#include "common/config/config.h"
#include "common/pool_stats.h"
#include "server/scoreboard/scoreboard.h"

/* Set the counters of FOUND, a pool of CONFIG, to SUMS. What a pool of its kind does not count, or
 * cannot know, is STAT_UNKNOWN. */
void figures_set_counters(struct pool_stats *found, const struct counters *sums,
                          const struct pool_config *config);

/* Set all of FOUND that the master does not see of resident programs to STAT_UNKNOWN. */
void figures_forget_unseen(struct pool_stats *found);

#endif
