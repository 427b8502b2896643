/*
 * trial: whether the candidates of a reload accept, before they are put in force.
 */
#ifndef PREFORKD_SERVER_MASTER_TRIAL_H
#define PREFORKD_SERVER_MASTER_TRIAL_H

#include <stdint.h>

#include "server/master/master.h"

enum { TRIAL_REASON_SIZE = 320 };

enum verdict { TRIAL_GOES_ON, TRIAL_PASSED, TRIAL_FAILED };

/* Set when all of MASTER's candidates, which are open, have to accept. The time begins anew while
 * they are still being given their workers. */
void trial_begin(struct master *master, int64_t now_ns);

/* Returns how the trial stands. WHY says what keeps a candidate from accepting where it failed. */
enum verdict trial_judge(struct master *master, int64_t now_ns, char why[TRIAL_REASON_SIZE]);

#endif
