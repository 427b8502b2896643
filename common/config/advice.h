/*
 * advice: words of other servers' configurations, and where preforkd does that. Private to
 * common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_ADVICE_H
#define PREFORKD_COMMON_CONFIG_ADVICE_H

/* A word of other servers' configurations. */
struct config_advice {
    const char *word;    /* in lower case, without '-', '_' and '.' */
    const char *advice;  /* where that is done here */
    const char *keys[2]; /* those that replace it, so that none of them is reported as missing */
};

/* Return the advice about WORD, or NULL. */
const struct config_advice *config_advice_find(const char *word);

#endif
