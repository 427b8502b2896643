/*
 * hints: what a word or a line that is not understood was meant to be: a word for a value that
 * others use, a line in another syntax. Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_HINTS_H
#define PREFORKD_COMMON_CONFIG_HINTS_H

#include <stddef.h>

#include "common/config/keys.h"

enum { CONFIG_HINT_SIZE = 256 };

/* Print to HINT, where TEXT is not a value of KEY, how that is written; "" if that is not known. */
void config_value_hint(const struct config_key *key, const char *text, char hint[CONFIG_HINT_SIZE]);

/* Print to HINT how LINE, which is not KEY = VALUE, is written; "" if that is not known. */
void config_line_hint(const char *line, char hint[CONFIG_HINT_SIZE]);

/* Print to HINT how HEADER, which is not [pool NAME], is written; "" if that is not known. */
void config_header_hint(const char *header, char hint[CONFIG_HINT_SIZE]);

/* Print to HINT that the port of ADDRESS, which has one, is a key of its own; "" if it has none. */
void config_address_hint(const char *address, char hint[CONFIG_HINT_SIZE]);

#endif
