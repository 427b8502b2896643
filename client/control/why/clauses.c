/*
 * clauses: see clauses.h.
 */
#include "client/control/why/clauses.h"

#include <inttypes.h>

#include "client/shared/format.h"
#include "common/text.h"

enum { PEER_SIZE = 256, NOUN_SIZE = 32 };

void clauses_count(int64_t count, const char *one, const char *many, FILE *out)
{
    fprintf(out, "%" PRId64 " %s", count, count == 1 ? one : many);
}

void clauses_noun(const struct outlook *outlook, int64_t count, FILE *out)
{
    char noun[NOUN_SIZE];

    text_copy_printable(outlook->pool->noun, noun, sizeof(noun));
    fprintf(out, "%s%s", noun, count == 1 ? "" : "s");
}

void clauses_processes(const struct outlook *outlook, int64_t count, const char *one,
                       const char *many, FILE *out)
{
    fprintf(out, "%" PRId64 " ", count);
    clauses_noun(outlook, count, out);
    fprintf(out, " %s", count == 1 ? one : many);
}

void clauses_span(int64_t ns, FILE *out)
{
    char text[FORMAT_SIZE];

    format_span(ns, " ", text);
    fputs(text, out);
}

void clauses_queue(const struct outlook *outlook, FILE *out)
{
    int64_t queue = outlook->stats->queue;

    if (queue < 0) {
        fputs(", the queue length is unknown", out);
    } else if (queue == 0) {
        fputs(", nothing queued", out);
    } else {
        fputs(", ", out);
        clauses_count(queue, "client queued", "clients queued", out);
    }
}

void clauses_oldest(const struct outlook *outlook, FILE *out)
{
    char peer[PEER_SIZE];

    if (outlook->stats->oldest_ns <= 0)
        return;
    fputs(", the oldest connection ", out);
    if (outlook->pool->oldest_peer != NULL) {
        text_copy_printable(outlook->pool->oldest_peer, peer, sizeof(peer));
        fprintf(out, "(%s) ", peer);
    }
    fputs("has lasted ", out);
    clauses_span(outlook->stats->oldest_ns, out);
}

void clauses_all_busy_for(const struct outlook *outlook, FILE *out)
{
    if (outlook->stats->all_busy_ns > 0) {
        fputs(" for ", out);
        clauses_span(outlook->stats->all_busy_ns, out);
    }
}

int64_t clauses_count_in_force(const struct outlook *outlook)
{
    return outlook->stats->busy + outlook->stats->idle + outlook->stats->starting;
}

void clauses_starting(const struct outlook *outlook, FILE *out)
{
    if (outlook->stats->starting > 0)
        fprintf(out, ", %" PRId64 " starting", outlook->stats->starting);
}

void clauses_leaving(const struct outlook *outlook, FILE *out)
{
    if (outlook->stats->leaving > 0)
        fprintf(out, ", %" PRId64 " leaving", outlook->stats->leaving);
}

void clauses_waiting(const struct outlook *outlook, FILE *out)
{
    if (outlook->stats->programs_waiting <= 0)
        return;
    fputs(", ", out);
    clauses_count(outlook->stats->programs_waiting, "program waits", "programs wait", out);
}
