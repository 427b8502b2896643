/*
 * compare: prints two reports of preforkload --json side by side.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_COMPARE_H
#define PREFORKD_CLIENT_LOAD_REPORT_COMPARE_H

#include "client/load/options.h"
#include "common/status.h"

/* Print the two reports of OPTIONS to standard output, with the change from the first to the
 * second. Returns STATUS_OK; STATUS_CHECK_FAILED if the second is worse by more than the tolerance,
 * if there is one; STATUS_USAGE or STATUS_SYSTEM with the reason logged and nothing printed. */
enum status load_compare(const struct load_options *options);

#endif
