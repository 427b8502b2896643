/*
 * compare: two reports that --json printed, side by side.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_COMPARE_H
#define PREFORKD_CLIENT_LOAD_REPORT_COMPARE_H

#include "client/load/options.h"
#include "common/status.h"

/* Print the two reports of OPTIONS to standard output, and what changed from the first to the
 * second. STATUS_OK; STATUS_CHECK_FAILED where the second is worse than the tolerance, if there is
 * one, allows; STATUS_USAGE or STATUS_SYSTEM, with the reason logged and nothing printed. */
enum status load_compare(const struct load_options *options);

#endif
