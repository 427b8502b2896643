/*
 * past: the situations that a pool's counts since the start show, whatever it does now: for each a
 * predicate and a sentence, as struct situation has them.
 */
#ifndef PREFORKD_CLIENT_CONTROL_WHY_PAST_H
#define PREFORKD_CLIENT_CONTROL_WHY_PAST_H

#include <stdbool.h>
#include <stdio.h>

#include "client/control/why/situations.h"

/* Programs could not be started. */
bool past_has_unstarted(const struct outlook *outlook);
void past_say_unstarted(const struct outlook *outlook, FILE *out);

/* Programs end badly more often than well. */
bool past_has_failed(const struct outlook *outlook);
void past_say_failed(const struct outlook *outlook, FILE *out);

/* Connections were refused for the header of a proxy. */
bool past_has_refused(const struct outlook *outlook);
void past_say_refused(const struct outlook *outlook, FILE *out);

/* Clients were refused by allow and deny. */
bool past_has_denied(const struct outlook *outlook);
void past_say_denied(const struct outlook *outlook, FILE *out);

/* Clients were refused by the limits of their source. */
bool past_has_limited(const struct outlook *outlook);
void past_say_limited(const struct outlook *outlook, FILE *out);

/* Workers have crashed. */
bool past_has_crashed(const struct outlook *outlook);
void past_say_crashed(const struct outlook *outlook, FILE *out);

#endif
