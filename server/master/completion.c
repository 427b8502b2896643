/*
 * completion: see completion.h.
 */
#include "server/master/completion.h"

#include <stdlib.h>
#include <string.h>

void completion_set(struct completion *completion, const char *why)
{
    free(completion->why);
    completion->why = why == NULL ? NULL : strdup(why);
    completion->ended = true;
}

bool completion_take(struct completion *completion, char **why)
{
    bool ended = completion->ended;

    *why = completion->why;
    *completion = (struct completion){.ended = false};
    return ended;
}

void completion_forget(struct completion *completion)
{
    free(completion->why);
    *completion = (struct completion){.ended = false};
}
