/*
 * notices: see notices.h.
 */
#include "client/control/why/notices.h"

#include <inttypes.h>

#include "client/shared/format.h"

void notices_print_reload(const struct snapshot *snapshot, const char *prefix, FILE *out)
{
    char limit[FORMAT_SIZE];

    if (snapshot->reload_waits <= 0)
        return;
    fprintf(out, "%sa reload waits until one of %" PRId64 " earlier generations has ended, ",
            prefix, snapshot->reload_waits);
    if (snapshot->reload_due_ns < 0) {
        fputs("which has no limit\n", out);
        return;
    }
    format_span(snapshot->reload_due_ns, " ", limit);
    fprintf(out, "in %s at the latest\n", limit);
}

void notices_print_dropped(const struct snapshot *snapshot, const char *prefix, FILE *out)
{
    if (snapshot->log_lines_dropped <= 0)
        return;
    fprintf(
        out,
        "%s%" PRId64 " log %s dropped; the reader of the log is too slow, or the disk is full\n",
        prefix, snapshot->log_lines_dropped, snapshot->log_lines_dropped == 1 ? "line" : "lines");
}
