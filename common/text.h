/*
 * text: strings that come from a peer or from another process, made fit for a line of output;
 * what strings are compared by; and strings made without printf(3).
 */
#ifndef PREFORKD_COMMON_TEXT_H
#define PREFORKD_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Return whether BYTE is an ASCII control character, tab and newline included. */
static inline bool text_is_control(char byte)
{
    return (unsigned char)byte < ' ' || byte == 0x7f;
}

/* Return whether A and B are equal strings, or both NULL. */
bool text_equal(const char *a, const char *b);

/* Return whether the LENGTH BYTES, at least one, are ASCII letters, digits and bytes of the string
 * MORE. */
bool text_consists_of(const char *bytes, size_t length, const char *more);

/* Replace each control character among the LENGTH BYTES with `?`, so that they stay on one line. */
void text_clean(char *bytes, size_t length);

/* Copy at most SIZE - 1 characters of FROM, or "?" if it is NULL, and a NUL to TEXT. Everything but
 * printable ASCII becomes `?`: a terminal obeys none of it, and each byte takes one column. FROM
 * may be TEXT. */
void text_copy_printable(const char *from, char *text, size_t size);

/* Append FROM, or VALUE in decimal digits, to TEXT, a string in SIZE bytes, as far as there is
 * room. A new worker uses these: for snprintf(3) the kernel would have to map nine pages of
 * libc's. */
void text_append(char *text, size_t size, const char *from);
void text_append_number(char *text, size_t size, int64_t value);

/* Return a hash of SIZE BYTES (FNV-1a). */
uint64_t text_hash(const void *bytes, size_t size);

#endif
