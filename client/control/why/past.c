/*
 * past: see past.h.
 */
#include "client/control/why/past.h"

#include <inttypes.h>

#include "client/control/why/clauses.h"

bool past_has_unstarted(const struct outlook *outlook)
{
    return outlook->stats->programs_unstarted > 0;
}

void past_say_unstarted(const struct outlook *outlook, FILE *out)
{
    clauses_count(outlook->stats->programs_unstarted, "program", "programs", out);
    fputs(" could not be started since the master started; the log has the reason", out);
}

bool past_has_failed(const struct outlook *outlook)
{
    return outlook->stats->programs_failed + outlook->stats->programs_signalled >
           outlook->stats->programs_ok;
}

void past_say_failed(const struct outlook *outlook, FILE *out)
{
    fprintf(out,
            "most programs fail: %" PRId64 " exited with a status that is not 0, a signal ended "
            "%" PRId64 ", %" PRId64 " ended well",
            outlook->stats->programs_failed, outlook->stats->programs_signalled,
            outlook->stats->programs_ok);
}

bool past_has_refused(const struct outlook *outlook)
{
    return outlook->stats->proxy_refused > 0;
}

void past_say_refused(const struct outlook *outlook, FILE *out)
{
    clauses_count(outlook->stats->proxy_refused, "connection was", "connections were", out);
    fputs(" refused for the PROXY header since the master started; the log has the reason", out);
}

bool past_has_denied(const struct outlook *outlook)
{
    return outlook->stats->access_refused > 0;
}

void past_say_denied(const struct outlook *outlook, FILE *out)
{
    clauses_count(outlook->stats->access_refused, "client was", "clients were", out);
    fputs(" refused by allow and deny since the master started; the log names the rules", out);
}

/* Return how many; a limit that is not set has none. */
static int64_t count_limited(const struct pool_stats *stats)
{
    return (stats->source_refused > 0 ? stats->source_refused : 0) +
           (stats->rate_refused > 0 ? stats->rate_refused : 0);
}

bool past_has_limited(const struct outlook *outlook)
{
    return count_limited(outlook->stats) > 0;
}

void past_say_limited(const struct outlook *outlook, FILE *out)
{
    clauses_count(count_limited(outlook->stats), "client was", "clients were", out);
    fputs(" refused by max_per_source and max_rate_per_source since the master started; preforkctl "
          "sources names the busiest",
          out);
}

bool past_has_crashed(const struct outlook *outlook)
{
    return outlook->stats->crashes > 0;
}

void past_say_crashed(const struct outlook *outlook, FILE *out)
{
    clauses_processes(outlook, outlook->stats->crashes, "has", "have", out);
    fputs(" crashed since the master started; the log says how", out);
}
