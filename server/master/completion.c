/*
 * completion: see completion.h.
 */
#include "server/master/completion.h"

#include <stdlib.h>
#include <string.h>

void completion_set(struct completion *completion, const char *why)
{
    completion_forget(completion);
    *completion = (struct completion){
        .ended = true, .failed = why != NULL, .why = why == NULL ? NULL : strdup(why)};
}

bool completion_take(struct completion *completion, const char **why)
{
    bool ended = completion->ended;

    completion->ended = false;
    *why = completion->why;
    if (completion->failed && completion->why == NULL)
        *why = "the reason is in the log: there is no memory for it here";
    return ended;
}

void completion_forget(struct completion *completion)
{
    free(completion->why);
    *completion = (struct completion){.ended = false};
}
