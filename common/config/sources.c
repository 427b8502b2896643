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

/* Return TEXT with a blank in place of each comma, to be freed: no source has one in it. */
static char *copy_words(const char *text)
{
    char *words = strdup(text);

    if (words == NULL)
        config_no_memory();
    for (char *comma = words; (comma = strchr(comma, ',')) != NULL;)
        *comma = ' ';
    return words;
}

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
    if (source->kind != SOURCE_INET)
        return;
    source_print(source, network);
    snprintf(hint, HINT_SIZE, "; did you mean '%s'?", network);
}

/* Set SOURCE to WORD of KEY. Returns NULL, or a reason that continues a sentence. The key of the
 * master is about processes of this host alone. */
static const char *parse(const struct config_key *key, const char *word, struct source *source)
{
    if (!key->of_master || source_name(word) != NULL)
        return source_parse(word, source);
    *source = (struct source){.kind = SOURCE_ALL};
    return "is not user:NAME or group:NAME";
}

char *config_sources_make(const struct config_key *key, const char *text, char **words)
{
    char *copy = copy_words(text), **list = split(copy), *message = NULL, hint[HINT_SIZE] = "";
    const char *reason = list[0] == NULL ? "has no word" : NULL, *word = text;
    struct source source;

    for (size_t i = 0; list[i] != NULL && reason == NULL; i++) {
        word = list[i];
        reason = parse(key, word, &source);
        if (reason != NULL && !key->of_master)
            print_hint(word, &source, hint);
    }
    if (reason != NULL && asprintf(&message, "%s '%.60s' %s%s", key->name, word, reason, hint) < 0)
        config_no_memory();
    free(list);
    if (message != NULL)
        free(copy);
    *words = message == NULL ? copy : NULL;
    return message;
}

/* What one key is to one pool, or to the master. */
struct use {
    struct config *config;
    size_t index; /* of the pool, or CONFIG_MASTER */
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
    void *structure = use->config;

    if (!use->key->of_master)
        structure = &use->config->pools[use->index];
    return (const char **)(void *)((char *)structure + use->key->offset);
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

/* Look up the names in KEY, which is of the master. */
static void resolve_master_key(struct config *config, const struct config_key *key,
                               struct config_errors *errors)
{
    const struct use use = {.config = config, .index = CONFIG_MASTER, .key = key, .errors = errors};

    if (*list_of(&use) != NULL)
        resolve_names(&use);
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
        const struct config_key *key = &config_keys[i];

        if (key->kind == KIND_SOURCES && !key->of_master)
            resolve_key(config, key, look_up, errors);
        else if (key->kind == KIND_SOURCES && look_up)
            resolve_master_key(config, key, errors);
    }
}
