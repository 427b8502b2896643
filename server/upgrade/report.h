/*
 * report: what the predecessor and its successor exchange when charge passes: the listeners that
 * were taken, and the totals of the pools.
 */
#ifndef PREFORKD_SERVER_UPGRADE_REPORT_H
#define PREFORKD_SERVER_UPGRADE_REPORT_H

struct upgrade;

/* Read what the successor took, mark those listeners as shared, and send it charge with all totals.
 * Returns 0, or -1 where its report cannot be read, and nothing was sent. */
int report_charge(struct upgrade *upgrade);

/* Send the successor what was counted since. */
void report_rest(struct upgrade *upgrade);

#endif
