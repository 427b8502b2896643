/*
 * completion: how a reload or an upgrade ended, kept until those that asked for it have been
 * answered.
 */
#ifndef PREFORKD_SERVER_MASTER_COMPLETION_H
#define PREFORKD_SERVER_MASTER_COMPLETION_H

#include <stdbool.h>

struct completion {
    bool ended; /* and not taken yet */
    char *why;  /* why nothing has changed; NULL: it succeeded */
};

/* Record the end: success where WHY is NULL. WHY, which may have lines, is copied. */
void completion_set(struct completion *completion, const char *why);

/* Returns whether there was an end since the last call. *WHY is why nothing has changed, to be
 * freed; NULL on success. */
bool completion_take(struct completion *completion, char **why);

/* Free what was not taken. */
void completion_forget(struct completion *completion);

#endif
