/*
 * fuzz: what all fuzz targets share: the function that libFuzzer calls, statements that have to
 * hold, and how an input is taken apart.
 */
#ifndef PREFORKD_TESTS_FUZZ_FUZZ_H
#define PREFORKD_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

/* Called by libFuzzer with each input. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

__attribute__((noreturn)) static inline void report(const char *what)
{
    fprintf(stderr, "it does not hold: %s\n", what);
    abort();
}

/* End the run with this input as a finding, unless CONDITION holds, which means WHAT. A macro, so
 * that compilers and linters know it from there on. */
#define must(condition, what)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            report(what);                                                                          \
    } while (0)

/* What is left of an input. */
struct input {
    const uint8_t *bytes;
    size_t size;
};

/* Take SIZE bytes off the front of INPUT into TO, zeros where it has no more. */
static inline void take(struct input *input, void *to, size_t size)
{
    size_t got = size < input->size ? size : input->size;

    memset(to, 0, size);
    if (got > 0)
        memcpy(to, input->bytes, got);
    input->bytes += got;
    input->size -= got;
}

static inline uint8_t take_byte(struct input *input)
{
    uint8_t byte;

    take(input, &byte, sizeof(byte));
    return byte;
}

/* Take all bytes up to the next END, or what is left, as a string in memory of its own size, to be
 * freed. A byte 0 ends it early. */
static inline char *take_text(struct input *input, char end)
{
    const uint8_t *found = input->size == 0 ? NULL : memchr(input->bytes, end, input->size);
    size_t size = found == NULL ? input->size : (size_t)(found - input->bytes);
    char *text = strndup(size == 0 ? "" : (const char *)input->bytes, size);

    must(text != NULL, "there is memory");
    size += found != NULL;
    input->bytes += size;
    input->size -= size;
    return text;
}

/* TEXT, which is printed to a terminal or a log, is a part of a line. */
static inline void must_be_clean(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        must(!text_is_control(*at), "no control character is printed");
}

#endif
