/*
 * hints: see hints.h.
 */
#include "common/config/hints.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/config/advice.h"
#include "common/config/scope.h"
#include "common/config/value.h"
#include "common/endpoint.h"
#include "common/suggest.h"

/* What other configurations call the values that some keys have here. A key that takes several of
 * the second words is meant to have the first of them. */
static const struct {
    const char *text, *word;
} synonyms[] = {
    {"tcp", "inet"},       {"tcp", "stream"},     {"udp", "datagram"},
    {"dgram", "datagram"}, {"ip", "inet"},        {"ipv4", "inet"},
    {"ipv6", "inet"},      {"local", "unix"},     {"on", "yes"},
    {"on", "auto"},        {"true", "yes"},       {"true", "auto"},
    {"1", "yes"},          {"yes", "auto"},       {"off", "no"},
    {"off", "none"},       {"false", "no"},       {"false", "none"},
    {"0", "no"},           {"0", "none"},         {"no", "none"},
    {"never", "none"},     {"crit", "error"},     {"verbose", "info"},
    {"infinity", "none"},  {"none", "unlimited"}, {"yes", "required"},
    {"on", "required"},    {"unlimited", "none"}, {"infinity", "unlimited"},
    {"true", "required"},  {"1", "required"},     {"v1", "required"},
    {"v2", "required"},
};

/* Return the index in NAMES, ended by NULL, of NAME; -1 if it is not there. */
static int find_name(const char *const *names, const char *name)
{
    for (int i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return -1;
}

/* Return the word of KEY that TEXT was probably meant to be, or NULL. */
static const char *suggest_word(const struct config_key *key, const char *text)
{
    const char *names[8] = {NULL};
    size_t count = 0;
    int meant;

    for (const struct config_word *word = key->words; word != NULL && word->name != NULL; word++)
        names[count++] = word->name;
    meant = suggest(text, names);
    for (size_t i = 0; meant < 0 && i < sizeof(synonyms) / sizeof(*synonyms); i++) {
        if (strcasecmp(text, synonyms[i].text) == 0)
            meant = find_name(names, synonyms[i].word);
    }
    return meant < 0 ? NULL : names[meant];
}

/* Print to HINT the range that TEXT, two numbers and something else between them, is meant to
 * be. */
static void hint_range(const char *text, char hint[CONFIG_HINT_SIZE])
{
    size_t low = strspn(text, "0123456789");
    size_t high = low + strcspn(text + low, "0123456789");
    size_t length = strspn(text + high, "0123456789");

    if (strstr(text, "..") != NULL)
        return; /* it is one, with numbers that do not do */
    if (low > 0 && low < 10 && high > low && length > 0 && length < 10 &&
        text[high + length] == '\0')
        snprintf(hint, CONFIG_HINT_SIZE, "; did you mean '%.*s..%s'?", (int)low, text, text + high);
}

/* Print to HINT the size that TEXT, a number with another program's unit such as M, MB or MiB, is
 * meant to be. */
static void hint_size(const char *text, char hint[CONFIG_HINT_SIZE])
{
    static const char *const units[] = {"", "b", "ib"};
    size_t length = strspn(text, "0123456789");

    if (length == 0 || length > 18 || text[length] == '\0' ||
        strchr("kKmMgG", text[length]) == NULL)
        return;
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        /* A lower-case letter alone is right: the number is not. */
        if (strcasecmp(text + length + 1, units[i]) == 0 &&
            (i > 0 || isupper((unsigned char)text[length]) != 0))
            snprintf(hint, CONFIG_HINT_SIZE, "; did you mean '%.*s%c'?", (int)length, text,
                     tolower((unsigned char)text[length]));
    }
}

void config_value_hint(const struct config_key *key, const char *text, char hint[CONFIG_HINT_SIZE])
{
    const char *meant = suggest_word(key, text);

    hint[0] = '\0';
    if (meant != NULL)
        snprintf(hint, CONFIG_HINT_SIZE, "; did you mean '%s'?", meant);
    else if (key->kind == KIND_RANGE && strcmp(text, "0") == 0)
        snprintf(hint, CONFIG_HINT_SIZE, "; with '0..16' none runs until a client connects");
    else if (key->kind == KIND_RANGE)
        hint_range(text, hint);
    else if (key->kind == KIND_SIZE)
        hint_size(text, hint);
    else if (strcmp(key->name, "port") == 0 && strchr(text, ':') != NULL)
        snprintf(hint, CONFIG_HINT_SIZE, "; the address has a key of its own, 'address'");
}

enum { WORD_SIZE = 33 };

/* Copy to WORD what LINE begins with, if a `:` or a blank is in place of the `=` behind it. Return
 * what is behind that; NULL if LINE is no such line. */
static const char *split_without_equals(const char *line, char word[WORD_SIZE])
{
    size_t length = strcspn(line, " \t:=#"), blanks = strspn(line + length, " \t");
    const char *value = line + length + strspn(line + length, " \t:");

    if (length == 0 || length >= WORD_SIZE || line[length] == '=' ||
        (line[length + blanks] != ':' && strchr(line, '=') != NULL) || *value == '\0' ||
        *value == '#' || *value == '=')
        return NULL;
    memcpy(word, line, length);
    word[length] = '\0';
    return value;
}

/* Return the key named WORD, or the one that it was probably meant to be, or NULL. */
static const char *key_meant(const char *word)
{
    return config_key_find(word) != NULL ? word : config_key_suggest(word);
}

void config_line_hint(const char *line, char hint[CONFIG_HINT_SIZE])
{
    char word[WORD_SIZE];
    const char *value = split_without_equals(line, word);
    size_t length = value == NULL ? 0 : strcspn(value, " \t;#");
    const struct config_advice *advice = value == NULL ? NULL : config_advice_find(word);
    const char *key = value == NULL ? NULL : key_meant(word);

    hint[0] = '\0';
    if (config_looks_like_comment(line))
        snprintf(hint, CONFIG_HINT_SIZE, "; a comment begins with '#'");
    else if (advice != NULL)
        snprintf(hint, CONFIG_HINT_SIZE, ": %s", advice->advice);
    else if (key != NULL)
        snprintf(hint, CONFIG_HINT_SIZE, "; did you mean '%s = %.*s'?", key,
                 (int)(length < 60 ? length : 60), value);
}

void config_header_hint(const char *header, char hint[CONFIG_HINT_SIZE])
{
    const char *word = header + 1 + strspn(header + 1, " \t"), *end = strrchr(header, ']');
    size_t length;

    if (strncmp(word, "pool", 4) == 0 && word[4] != '\0' && strchr(" \t:.-", word[4]) != NULL)
        word += 5;
    length = strcspn(word, " \t]");
    hint[0] = '\0';
    if (end == NULL)
        snprintf(hint, CONFIG_HINT_SIZE, "; the ']' is missing");
    else if (end[1] != '\0')
        snprintf(hint, CONFIG_HINT_SIZE, "; there is something behind the ']'");
    else if (strcmp(header, "[pool]") == 0)
        snprintf(hint, CONFIG_HINT_SIZE, "; the name is missing");
    else if (word + length == end && config_is_name(word, length))
        snprintf(hint, CONFIG_HINT_SIZE, "; did you mean [pool %.*s]?", (int)length, word);
}

void config_address_hint(const char *address, char hint[CONFIG_HINT_SIZE])
{
    const char *colon = strrchr(address, ':');
    struct endpoint endpoint;
    char host[64];

    hint[0] = '\0';
    if (colon == NULL || (size_t)(colon - address) >= sizeof(host))
        return;
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = '\0';
    if (colon[1] != '\0' && colon[1 + strspn(colon + 1, "0123456789")] == '\0' &&
        strlen(colon) <= 6 && endpoint_set_inet(&endpoint, host, 0, SOCK_STREAM) == NULL)
        snprintf(hint, CONFIG_HINT_SIZE, "; the port has a key of its own: 'port = %s'", colon + 1);
}
