/*
 * suggest: guess which valid word a misspelt one was meant to be.
 */
#ifndef PREFORKD_COMMON_SUGGEST_H
#define PREFORKD_COMMON_SUGGEST_H

/* Return the index of the one of NAMES (ended by NULL) that WORD was probably meant to be; -1 if
 * none is near enough. */
int suggest(const char *word, const char *const *names);

#endif
