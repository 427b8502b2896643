/*
 * report: what the predecessor and its successor exchange when charge passes: the listeners that
 * were taken, and the totals of the pools.
 */
#ifndef PREFORKD_SERVER_UPGRADE_REPORT_H
#define PREFORKD_SERVER_UPGRADE_REPORT_H

struct upgrade;

/* Read what the successor took, and mark those listeners as shared. Returns 0; or -1 with errno
 * where its report cannot be read or is not whole, and then none is marked. */
int report_read_taken(struct upgrade *upgrade);

/* Send the successor all totals, and charge. A failure is logged. */
void report_charge(struct upgrade *upgrade);

/* Send the successor what was counted since. A failure is logged. */
void report_rest(struct upgrade *upgrade);

#endif
