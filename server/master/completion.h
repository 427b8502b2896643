/*
 * completion: how a reload or an upgrade ended, kept until those that asked for it have been
 * answered.
 */
#ifndef PREFORKD_SERVER_MASTER_COMPLETION_H
#define PREFORKD_SERVER_MASTER_COMPLETION_H

#include <stdbool.h>

struct completion {
    bool ended;  /* and not taken yet */
    bool failed; /* nothing has changed */
    char *why;   /* why; NULL: there was no memory for that, or it has not failed */
};

/* Record the end: success where WHY is NULL. WHY, which may have lines, is copied. */
void completion_set(struct completion *completion, const char *why);

/* Returns whether there was an end since the last call. *WHY is why nothing has changed, until the
 * next end; NULL on success, and then alone. */
bool completion_take(struct completion *completion, const char **why);

/* Free what there is, and forget it. */
void completion_forget(struct completion *completion);

#endif
