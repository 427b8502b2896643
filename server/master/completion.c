/*
 * outcome: see outcome.h.
 */
#include "server/master/completion.h"

#include <stdlib.h>
#include <string.h>

void outcome_set(struct outcome *outcome, const char *why)
{
    free(outcome->why);
    outcome->why = why == NULL ? NULL : strdup(why);
    outcome->ended = true;
}

bool outcome_take(struct outcome *outcome, char **why)
{
    bool ended = outcome->ended;

    *why = outcome->why;
    *outcome = (struct outcome){.ended = false};
    return ended;
}

void outcome_forget(struct outcome *outcome)
{
    free(outcome->why);
    *outcome = (struct outcome){.ended = false};
}
