/*
 * suggest: which of some words one that is none of them was probably meant to be.
 */
#ifndef PREFORKD_COMMON_SUGGEST_H
#define PREFORKD_COMMON_SUGGEST_H

/* The index of the word among NAMES (ended by NULL) that WORD was probably meant to be, or -1. */
int suggest(const char *word, const char *const *names);

#endif
