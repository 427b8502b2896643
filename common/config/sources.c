/*
 * sources: see sources.h.
 */
#include "common/config/sources.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/config/accounts.h"
#include "common/config/scope.h"
#include "common/config/words.h"
#include "common/source.h"

enum { HINT_SIZE = 96 };

static char **split(const char *text)
{
    char **words = config_words(text);

    if (words == NULL)
        config_no_memory();
    return words;
}

/* Print to HINT what WORD, which is no source, was probably meant to be. SOURCE is what
 * source_parse() has left of it. */
static void print_hint(const char *word, const struct source *source, char hint[HINT_SIZE])
{
    static const struct {
        const char *text, *word;
    } others[] = {{"*", "all"},
                  {"any", "all"},
                  {"localhost", "127.0.0.1"},
                  {"unix", "user:NAME"},
                  {"unix:", "user:NAME"}};
    char network[SOURCE_TEXT_SIZE];

    hint[0] = '\0';
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        if (strcasecmp(word, others[i].text) == 0)
            snprintf(hint, HINT_SIZE, "; did you mean '%s'?", others[i].word);
    }
    if (strchr(word, ',') != NULL)
        snprintf(hint, HINT_SIZE, "; blanks separate several");
    if (source->kind != SOURCE_INET)
        return;
    source_print(source, network);
    snprintf(hint, HINT_SIZE, "; did you mean '%s'?", network);
}

char *config_sources_make(const struct config_key *key, const char *text, char **words)
{
    char **list = split(text), *message = NULL, hint[HINT_SIZE];
    struct source source;

    for (size_t i = 0; list[i] != NULL && message == NULL; i++) {
        const char *reason = source_parse(list[i], &source);

        if (reason == NULL)
            continue;
        print_hint(list[i], &source, hint);
        if (asprintf(&message, "%s '%.60s' %s%s", key->name, list[i], reason, hint) < 0)
            config_no_memory();
    }
    free(list);
    *words = message == NULL ? strdup(text) : NULL;
    if (message == NULL && *words == NULL)
        config_no_memory();
    return message;
}

/* What one key is to one pool. */
struct use {
    struct config *config;
    size_t index; /* of the pool */
    const struct config_key *key;
    struct config_errors *errors;
};

static const struct pool_config *pool_of(const struct use *use)
{
    return &use->config->pools[use->index];
}

/* Return the field of the key. */
static const char **list_of(const struct use *use)
{
    return (const char **)(void *)((char *)&use->config->pools[use->index] + use->key->offset);
}

static bool names_proxies(const struct use *use)
{
    return strcmp(use->key->name, "proxy_from") == 0;
}

/* Return whether the pool asks the key. */
static bool is_in_force(const struct use *use)
{
    const struct pool_config *pool = pool_of(use);
    bool is_proxied = pool->proxy_protocol == PROXY_REQUIRED && pool->type == SOCK_STREAM;

    return pool->mode >= 0 && !pool->is_resident && *list_of(use) != NULL &&
           (is_proxied || !names_proxies(use));
}

/* Return whether a client of the pool is known by its address, and not as a process. */
static bool is_by_address(const struct use *use)
{
    const struct pool_config *pool = pool_of(use);

    return pool->mode == MODE_INET ||
           (pool->proxy_protocol == PROXY_REQUIRED && !names_proxies(use));
}

/* Return whether the list has a source that can connect to the pool. */
static bool names_someone(const struct use *use)
{
    char **list = split(*list_of(use));
    struct source source;
    bool found = false;

    for (size_t i = 0; list[i] != NULL && !found; i++)
        found = source_parse(list[i], &source) == NULL &&
                (source.kind == SOURCE_ALL || (source.kind == SOURCE_INET) == is_by_address(use));
    free(list);
    return found;
}

static void check(const struct use *use)
{
    const struct pool_config *pool = pool_of(use);
    const char *name = use->key->name, *words = "in unix mode that is user:NAME, group:NAME or all";

    if (is_by_address(use))
        words = pool->mode == MODE_INET ? "in inet mode that is an address, a network or all"
                                        : "behind a proxy that is an address, a network or all";
    if (pool->type == SOCK_DGRAM && pool->mode == MODE_UNIX)
        config_refuse_key(use->config, use->index, name, use->errors,
                          "%s does not apply to pool '%s': a datagram on a unix socket does not "
                          "say whose it is; socket_permissions decides who may send",
                          name, pool->name);
    else if (!names_someone(use))
        config_refuse_key(use->config, use->index, name, use->errors,
                          "%s '%.60s' has nothing that can connect to pool '%s': %s", name,
                          *list_of(use), pool->name, words);
}

/* Print WORD to OUT, with the number of a user or group in place of its name. Returns NULL, or why
 * there is none. */
static const char *print_number(const char *word, FILE *out)
{
    char text[SOURCE_TEXT_SIZE];
    struct source source;
    const char *reason;

    if (source_parse(word, &source) != NULL || source.id >= 0 || source_name(word) == NULL) {
        fputs(word, out);
        return NULL;
    }
    source.id = source.kind == SOURCE_USER ? account_user_number(source_name(word), &reason)
                                           : account_group_number(source_name(word), &reason);
    if (source.id < 0)
        return reason;
    source_print(&source, text);
    fputs(text, out);
    return NULL;
}

/* Replace the list by TEXT, to be freed. */
static void replace(const struct use *use, const char *text)
{
    free((void *)(uintptr_t)*list_of(use));
    *list_of(use) = text;
}

/* Look the names in the list up. */
static void resolve_names(const struct use *use)
{
    char **list = split(*list_of(use)), *text = NULL;
    const char *reason = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        config_no_memory();
    for (size_t i = 0; list[i] != NULL && reason == NULL; i++) {
        fputs(i == 0 ? "" : " ", out);
        reason = print_number(list[i], out);
        if (reason != NULL)
            config_refuse_key(use->config, use->index, use->key->name, use->errors,
                              "%s '%.60s': %s", use->key->name, list[i], reason);
    }
    fclose(out);
    free(list);
    replace(use, text);
}

/* A directory service may take seconds for a name: look one up for the first of several pools. */
static void inherit_words(const struct use *use, const struct use *from)
{
    const char *text = strdup(*list_of(from));

    if (text == NULL)
        config_no_memory();
    replace(use, text);
}

/* Check KEY of all pools. */
static void resolve_key(struct config *config, const struct config_key *key, bool look_up,
                        struct config_errors *errors)
{
    const struct config_setting *last = NULL;
    struct use first = {.config = config};

    for (size_t i = 0; i < config->pool_count; i++) {
        const struct use use = {.config = config, .index = i, .key = key, .errors = errors};
        const struct config_setting *setting = config_scopes_setting(config->scopes, i, key->name);

        if (!is_in_force(&use))
            continue;
        check(&use);
        if (!look_up || setting->refused)
            continue;
        if (setting == last)
            inherit_words(&use, &first);
        else
            resolve_names(&use);
        last = setting;
        first = use;
    }
}

void config_sources_resolve(struct config *config, bool look_up, struct config_errors *errors)
{
    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].kind == KIND_SOURCES)
            resolve_key(config, &config_keys[i], look_up, errors);
    }
}
