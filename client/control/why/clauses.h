/*
 * clauses: the parts of sentences on a pool that several of its situations share.
 */
#ifndef PREFORKD_CLIENT_CONTROL_WHY_CLAUSES_H
#define PREFORKD_CLIENT_CONTROL_WHY_CLAUSES_H

#include <stdint.h>
#include <stdio.h>

#include "client/control/why/situations.h"

/* Print COUNT with the noun for it. */
void clauses_count(int64_t count, const char *one, const char *many, FILE *out);

/* Print what the processes of the pool are called, COUNT of them. */
void clauses_noun(const struct outlook *outlook, int64_t count, FILE *out);

/* Print that COUNT of them do what ONE says of one, and MANY of others. */
void clauses_processes(const struct outlook *outlook, int64_t count, const char *one,
                       const char *many, FILE *out);

/* Print how long NS is. */
void clauses_span(int64_t ns, FILE *out);

/* Print, each with what goes before it: the length of the queue; the oldest connection, if there is
 * one; for how long all workers have been busy; how many are starting, or leaving; how many
 * programs wait. */
void clauses_queue(const struct outlook *outlook, FILE *out);
void clauses_oldest(const struct outlook *outlook, FILE *out);
void clauses_all_busy_for(const struct outlook *outlook, FILE *out);
void clauses_starting(const struct outlook *outlook, FILE *out);
void clauses_leaving(const struct outlook *outlook, FILE *out);
void clauses_waiting(const struct outlook *outlook, FILE *out);

/* Returns how many workers the configuration in force has, starting ones included. */
int64_t clauses_count_in_force(const struct outlook *outlook);

#endif
