/*
 * completion: how something ended that takes the master a while, kept until whoever asked is told.
 */
#ifndef PREFORKD_SERVER_MASTER_COMPLETION_H
#define PREFORKD_SERVER_MASTER_COMPLETION_H

#include <stdbool.h>

struct completion {
    bool ended; /* and nobody was told yet */
    char *why;  /* nothing has changed; NULL: it has */
};

/* It has ended, well where WHY is NULL; its text, which may have lines, is copied. */
void completion_set(struct completion *completion, const char *why);

/* Whether it has ended since the last call: *WHY is why nothing has changed, to be freed, NULL where it
 * has. */
bool completion_take(struct completion *completion, char **why);

/* Free what nobody took. */
void completion_forget(struct completion *completion);

#endif
