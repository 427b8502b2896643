/*
 * keys: see keys.h.
 */
#include "common/config/keys.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "common/config/errors.h"
#include "common/config/hints.h"
#include "common/config/paths.h"
#include "common/config/value.h"
#include "common/log.h"
#include "common/number.h"
#include "common/suggest.h"

#define YEAR_NS (365 * 86400 * NS_PER_S)

/* The value of a word that a text is set to as it is: the others make it NULL. */
enum { WORD_KEPT = 1 };

static const struct config_word modes[] = {{"unix", MODE_UNIX}, {"inet", MODE_INET}, {NULL, 0}};
static const struct config_word types[] = {
    {"stream", SOCK_STREAM}, {"datagram", SOCK_DGRAM}, {NULL, 0}};
static const struct config_word levels[] = {{"debug", LOG_DEBUG},   {"info", LOG_INFO},
                                            {"notice", LOG_NOTICE}, {"warning", LOG_WARNING},
                                            {"error", LOG_ERROR},   {NULL, 0}};
static const struct config_word formats[] = {{"text", LOG_TEXT}, {"json", LOG_JSON}, {NULL, 0}};
static const struct config_word yes_or_no[] = {{"yes", 1}, {"no", 0}, {NULL, 0}};
static const struct config_word none[] = {{"none", NUMBER_UNLIMITED}, {NULL, 0}};
static const struct config_word unlimited[] = {{"unlimited", NUMBER_UNLIMITED}, {NULL, 0}};
static const struct config_word defer[] = {
    {"auto", DEFER_ACCEPT_AUTO}, {"no", DEFER_ACCEPT_NO}, {NULL, 0}};
static const struct config_word logs[] = {
    {"stderr", 0}, {"stdout", WORD_KEPT}, {"syslog", WORD_KEPT}, {"none", WORD_KEPT}, {NULL, 0}};

#define POOL(field)   false, offsetof(struct pool_config, field)
#define MASTER(field) true, offsetof(struct config, field)

/* In the order of preforkd.conf(5). */
const struct config_key config_keys[] = {
    {"mode", KIND_WORD, POOL(mode), NULL, 0, 0, modes, 0},
    {"type", KIND_WORD, POOL(type), "stream", 0, 0, types, 0},
    {"path", KIND_SOCKET, POOL(path), NULL, 0, 0, NULL, USE_UNIX},
    {"socket_permissions", KIND_MODE, POOL(socket_permissions), "0666", 0, 0, NULL, USE_UNIX},
    {"socket_owner", KIND_TEXT, POOL(socket_owner), "none", 0, 0, none, USE_UNIX},
    {"socket_group", KIND_TEXT, POOL(socket_group), "none", 0, 0, none, USE_UNIX},
    {"address", KIND_TEXT, POOL(address), "127.0.0.1", 0, 0, NULL, USE_INET},
    {"port", KIND_INTEGER, POOL(port), NULL, 0, 65535, NULL, USE_INET},
    {"backlog", KIND_INTEGER, POOL(backlog), "511", 1, 1000000, NULL, USE_STREAM},
    {"defer_accept", KIND_DURATION, POOL(defer_accept_ns), "auto", NS_PER_S, 3600 * NS_PER_S, defer,
     USE_INET | USE_STREAM},
    {"linger", KIND_DURATION, POOL(linger_ns), "0s", 0, 3600 * NS_PER_S, NULL, USE_STREAM},
    {"service", KIND_TEXT, POOL(service), "increment", 0, 0, NULL, 0},
    {"requests_per_connection", KIND_INTEGER, POOL(requests_per_connection), NULL, 1, INT_MAX,
     unlimited, USE_STREAM},
    {"workers", KIND_RANGE, POOL(workers), "16", 1, 100000, NULL, 0},
    {"spare", KIND_INTEGER, POOL(spare), "2", 1, 100000, NULL, 0},
    {"spare_timeout", KIND_DURATION, POOL(spare_timeout_ns), "10s", NS_PER_MS, YEAR_NS, NULL, 0},
    {"max_connections_per_worker", KIND_INTEGER, POOL(max_connections_per_worker), "unlimited", 1,
     INT_MAX, unlimited, 0},
    {"max_connection_time", KIND_DURATION, POOL(max_connection_time_ns), "none", NS_PER_MS, YEAR_NS,
     none, 0},
    {"idle_timeout", KIND_DURATION, POOL(idle_timeout_ns), "60s", NS_PER_MS, YEAR_NS, none, 0},
    {"log_connections", KIND_WORD, POOL(log_connections), "no", 0, 0, yes_or_no, 0},
    {"stop_timeout", KIND_DURATION, MASTER(stop_timeout_ns), "25s", 0, YEAR_NS, none, 0},
    {"pid_file", KIND_PATH, MASTER(pid_file), "none", 0, 0, none, 0},
    {"control", KIND_SOCKET, MASTER(control), "none", 0, 0, none, 0},
    {"log", KIND_PATH, MASTER(log), "stderr", 0, 0, logs, 0},
    {"log_level", KIND_WORD, MASTER(log_level), "notice", 0, 0, levels, 0},
    {"log_format", KIND_WORD, MASTER(log_format), "text", 0, 0, formats, 0},
};

const size_t config_key_count = sizeof(config_keys) / sizeof(config_keys[0]);

const struct config_key *config_key_find(const char *name)
{
    for (size_t i = 0; i < config_key_count; i++) {
        if (strcmp(config_keys[i].name, name) == 0)
            return &config_keys[i];
    }
    return NULL;
}

const char *config_key_suggest(const char *word)
{
    const char *names[config_key_count + 1];
    int best;

    for (size_t i = 0; i < config_key_count; i++)
        names[i] = config_keys[i].name;
    names[config_key_count] = NULL;
    best = suggest(word, names);
    return best < 0 ? NULL : names[best];
}

static const struct config_word *find_word(const struct config_word *word, const char *name)
{
    for (; word != NULL && word->name != NULL; word++) {
        if (strcmp(word->name, name) == 0)
            return word;
    }
    return NULL;
}

bool config_key_is_text(const struct config_key *key)
{
    return key->kind == KIND_TEXT || key->kind == KIND_PATH || key->kind == KIND_SOCKET;
}

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
    default: /* KIND_WORD: the words are appended */
        return "is not ";
    }
}

/* Set the FIELD of KEY, a text, from TEXT, which is WORD, if that is not NULL. Returns as
 * config_key_set(). */
static char *set_text(const struct config_key *key, const struct config_word *word,
                      const char *text, const char **field)
{
    char *path = NULL, *message = NULL;

    if (word == NULL && key->kind != KIND_TEXT)
        message = config_path_make(key, text, &path);
    else if (word == NULL || word->value == WORD_KEPT)
        path = strdup(text);
    *field = path;
    return message;
}

char *config_key_set(const struct config_key *key, void *structure, const char *text)
{
    const struct config_word *word = find_word(key->words, text);
    const char *reason;

    if (config_key_is_text(key)) {
        config_key_clear(key, structure);
        return set_text(key, word, text, text_field(key, structure));
    }
    if (word != NULL) {
        *number_field(key, structure) = word->value;
        return NULL;
    }
    reason = set_number(key, structure, text);
    return reason == NULL ? NULL : refuse(key, text, reason);
}

void config_key_clear(const struct config_key *key, void *structure)
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

void config_key_print(const struct config_key *key, const void *structure, FILE *out)
{
    const char *field = (const char *)structure + key->offset;

    if (key->kind == KIND_RANGE)
        print_range((const struct number_range *)(const void *)field, out);
    else if (!config_key_is_text(key))
        print_number(key, *(const int64_t *)(const void *)field, out);
    else if (*(const char *const *)(const void *)field == NULL)
        fputs(key->words == NULL ? "none" : key->words[0].name, out);
    else
        print_text(*(const char *const *)(const void *)field, out);
}
