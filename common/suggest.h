/*
 * suggest: guess which valid word a misspelt one was meant to be.
 */
#ifndef PREFORKD_COMMON_SUGGEST_H
#define PREFORKD_COMMON_SUGGEST_H

/* Return the index of the one of NAMES (ended by NULL) that WORD was probably meant to be, in any
 * case: the nearest, or the only one that begins with it; -1 if there is none. */
int suggest(const char *word, const char *const *names);

#endif
