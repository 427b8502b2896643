/*
 * json_writer: a text as JSON writes it.
 */
#ifndef PREFORKD_COMMON_JSON_WRITER_H
#define PREFORKD_COMMON_JSON_WRITER_H

#include <stdio.h>

/* TEXT in quotes, to OUT. A byte that is not ASCII stands for itself, as \u00XX: a path has no
 * encoding. */
void json_print_text(const char *text, FILE *out);

#endif
