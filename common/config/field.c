/*
 * field: see field.h.
 */
#include "common/config/field.h"

#include <stdlib.h>
#include <string.h>

#include "common/config/command.h"
#include "common/config/errors.h"
#include "common/config/hints.h"
#include "common/config/paths.h"
#include "common/config/value.h"
#include "common/number.h"

static struct number_range *range_field(const struct config_key *key, void *structure)
{
    return (struct number_range *)(void *)((char *)structure + key->offset);
}

static int64_t *number_field(const struct config_key *key, void *structure)
{
    return (int64_t *)(void *)((char *)structure + key->offset);
}

static const char **text_field(const struct config_key *key, void *structure)
{
    return (const char **)(void *)((char *)structure + key->offset);
}

static void print_number(const struct config_key *key, int64_t value, FILE *out)
{
    char text[NUMBER_TEXT_SIZE];

    for (const struct config_word *word = key->words; word != NULL && word->name != NULL; word++) {
        if (word->value == value) {
            fputs(word->name, out);
            return;
        }
    }
    if (key->kind == KIND_DURATION) {
        number_format_duration(value, text);
        fputs(text, out);
    } else if (key->kind == KIND_SIZE) {
        number_format_size(value, text);
        fputs(text, out);
    } else {
        fprintf(out, key->kind == KIND_MODE ? "%04llo" : "%lld", (unsigned long long)value);
    }
}

/* " (1 to 100000)" */
static void print_limits(const struct config_key *key, FILE *out)
{
    if (key->max == 0)
        return;
    fputs(" (", out);
    print_number(key, key->min, out);
    fputs(" to ", out);
    print_number(key, key->max, out);
    fputc(')', out);
}

/* Print the words that KEY takes. */
static void print_words(const struct config_key *key, FILE *out)
{
    for (const struct config_word *word = key->words; word != NULL && word->name != NULL; word++)
        fprintf(out, "%s%s", word > key->words || key->kind != KIND_WORD ? " or " : "", word->name);
}

/* Return a message such as "workers 'x' is not a whole number (1 to 100000)". */
static char *refuse(const struct config_key *key, const char *text, const char *reason)
{
    char *message = NULL, hint[CONFIG_HINT_SIZE];
    size_t size;
    FILE *out = open_memstream(&message, &size);

    if (out == NULL)
        config_no_memory();
    fprintf(out, "%s '%.60s' %s", key->name, text, reason);
    print_limits(key, out);
    print_words(key, out);
    config_value_hint(key, text, hint);
    fputs(hint, out);
    fclose(out);
    return message;
}

/* Set a field that is not a text. Returns NULL, or the reason for a refusal, and nothing is set. */
static const char *set_number(const struct config_key *key, void *structure, const char *text)
{
    switch (key->kind) {
    case KIND_INTEGER:
        return number_parse_integer(text, key->min, key->max, number_field(key, structure));
    case KIND_RANGE:
        return number_parse_range(text, key->min, key->max, range_field(key, structure));
    case KIND_MODE:
        return number_parse_mode(text, number_field(key, structure));
    case KIND_DURATION:
        return number_parse_duration(text, key->min, key->max, number_field(key, structure));
    case KIND_SIZE:
        return number_parse_size(text, key->min, key->max, number_field(key, structure));
    default: /* KIND_WORD: the words are appended */
        return "is not ";
    }
}

/* Set the FIELD of KEY, a text, from TEXT, which is WORD, if that is not NULL. Returns as
 * config_field_set(). */
static char *set_text(const struct config_key *key, const struct config_word *word,
                      const char *text, const char **field)
{
    char *path = NULL, *message = NULL;

    if (word == NULL && config_key_is_words(key))
        message = config_words_make(key, text, &path);
    else if (word == NULL && key->kind != KIND_TEXT)
        message = config_path_make(key, text, &path);
    else if (word == NULL || word->value == CONFIG_WORD_KEPT)
        path = strdup(text);
    *field = path;
    return message;
}

char *config_field_set(const struct config_key *key, void *structure, const char *text)
{
    const struct config_word *word = config_word_find(key, text);
    const char *reason;

    if (config_key_is_text(key)) {
        config_field_clear(key, structure);
        return set_text(key, word, text, text_field(key, structure));
    }
    if (word != NULL) {
        *number_field(key, structure) = word->value;
        return NULL;
    }
    reason = set_number(key, structure, text);
    return reason == NULL ? NULL : refuse(key, text, reason);
}

void config_field_clear(const struct config_key *key, void *structure)
{
    if (config_key_is_text(key)) {
        free((void *)(uintptr_t)*text_field(key, structure));
        *text_field(key, structure) = NULL;
    }
}

/* Print TEXT, in quotes where the parser would read something else without them. */
static void print_text(const char *text, FILE *out)
{
    if (!config_value_needs_quotes(text)) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void print_range(const struct number_range *range, FILE *out)
{
    fprintf(out, "%lld", (long long)range->min);
    if (range->max != range->min)
        fprintf(out, "..%lld", (long long)range->max);
}

void config_field_print(const struct config_key *key, const void *structure, FILE *out)
{
    const char *field = (const char *)structure + key->offset;

    if (key->kind == KIND_RANGE)
        print_range((const struct number_range *)(const void *)field, out);
    else if (!config_key_is_text(key))
        print_number(key, *(const int64_t *)(const void *)field, out);
    else if (*(const char *const *)(const void *)field == NULL)
        fputs(key->words == NULL ? "none" : key->words[0].name, out);
    else if (config_key_is_words(key))
        fputs(*(const char *const *)(const void *)field, out);
    else
        print_text(*(const char *const *)(const void *)field, out);
}
