/*
 * result: see result.h.
 */
#include "client/load/engine/result.h"

void load_result_merge(struct load_result *into, const struct load_result *from)
{
    into->scheduled += from->scheduled;
    into->sent += from->sent;
    into->ok += from->ok;
    into->failed += from->failed;
    into->dropped += from->dropped;
    into->waited += from->waited;
    into->began_late += from->began_late;
    into->ended_late += from->ended_late;
    for (int error = 0; error < LOAD_ERRORS; error++)
        into->errors[error] += from->errors[error];
    into->in_flight += from->in_flight;
    into->reached += from->reached;
    into->unreached += from->unreached;
    if (from->connect_errno != 0)
        into->connect_errno = from->connect_errno;
    into->held += from->held;
    into->interrupted |= from->interrupted;
    if (into->elapsed_ns < from->elapsed_ns)
        into->elapsed_ns = from->elapsed_ns;
    into->cpu_ns += from->cpu_ns;
    histogram_merge(&into->response, &from->response);
    histogram_merge(&into->service, &from->service);
    histogram_merge(&into->connect, &from->connect);
    histogram_merge(&into->lag, &from->lag);
}
