/*
 * trust: see trust.h.
 */
#include "common/config/trust.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/config/identity.h"
#include "common/config/scope.h"
#include "common/config/words.h"
#include "common/source.h"

enum { HINT_SIZE = 96, MAPPED_BITS = 96 };

static char **split(const char *text)
{
    char **words = config_words(text);

    if (words == NULL)
        config_no_memory();
    return words;
}

/* Print to HINT what WORD, which is no source, was probably meant to be. SOURCE is what is left of
 * it. */
static void print_hint(const char *word, const struct source *source, char hint[HINT_SIZE])
{
    static const struct {
        const char *text, *word;
    } others[] = {{"*", "all"},
                  {"any", "all"},
                  {"localhost", "127.0.0.1"},
                  {"unix", "user:NAME"},
                  {"unix:", "user:NAME"}};
    char network[INET6_ADDRSTRLEN];
    bool is_ipv4 = strchr(word, ':') == NULL;

    hint[0] = '\0';
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        if (strcasecmp(word, others[i].text) == 0)
            snprintf(hint, HINT_SIZE, "; did you mean '%s'?", others[i].word);
    }
    if (strchr(word, ',') != NULL)
        snprintf(hint, HINT_SIZE, "; blanks separate several");
    if (source->kind != SOURCE_INET)
        return;
    inet_ntop(is_ipv4 ? AF_INET : AF_INET6, &source->network.s6_addr[is_ipv4 ? 12 : 0], network,
              sizeof(network));
    snprintf(hint, HINT_SIZE, "; did you mean '%s/%u'?", network,
             source->bits - (is_ipv4 ? MAPPED_BITS : 0U));
}

char *config_trust_make(const struct config_key *key, const char *text, char **words)
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

/* Print WORD to OUT, with the number of a user or group in place of its name. Returns NULL, or why
 * there is none. */
static const char *print_number(const char *word, FILE *out)
{
    struct source source;
    const char *reason;

    if (source_parse(word, &source) != NULL || source.id >= 0 || source_name(word) == NULL) {
        fputs(word, out);
        return NULL;
    }
    source.id = source.kind == SOURCE_USER ? config_find_user(source_name(word), &reason)
                                           : config_find_group(source_name(word), &reason);
    if (source.id < 0)
        return reason;
    fprintf(out, "%s:%lld", source.kind == SOURCE_USER ? "user" : "group", (long long)source.id);
    return NULL;
}

/* Look the names up that the pool at INDEX trusts. */
static void resolve_names(struct config *config, size_t index, struct config_errors *errors)
{
    struct pool_config *pool = &config->pools[index];
    char **list = split(pool->proxy_from), *text = NULL;
    const char *reason = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        config_no_memory();
    for (size_t i = 0; list[i] != NULL && reason == NULL; i++) {
        fputs(i == 0 ? "" : " ", out);
        reason = print_number(list[i], out);
        if (reason != NULL)
            config_refuse_key(config, index, "proxy_from", errors, "proxy_from '%.60s': %s",
                              list[i], reason);
    }
    fclose(out);
    free(list);
    free((void *)(uintptr_t)pool->proxy_from);
    pool->proxy_from = text;
}

/* A directory service may take seconds for a name: look one up for the first of several pools. */
static void inherit_words(struct pool_config *pool, const struct pool_config *from)
{
    free((void *)(uintptr_t)pool->proxy_from);
    pool->proxy_from = strdup(from->proxy_from);
    if (pool->proxy_from == NULL)
        config_no_memory();
}

/* Return whether the list of POOL has a source that can connect to a socket of its mode. */
static bool names_someone(const struct pool_config *pool)
{
    char **list = split(pool->proxy_from);
    struct source source;
    bool found = false;

    for (size_t i = 0; list[i] != NULL && !found; i++)
        found = source_parse(list[i], &source) == NULL &&
                (source.kind == SOURCE_ALL ||
                 (source.kind == SOURCE_INET) == (pool->mode == MODE_INET));
    free(list);
    return found;
}

static void check(struct config *config, size_t index, struct config_errors *errors)
{
    const struct pool_config *pool = &config->pools[index];
    const struct config_scope *scope = &config->scopes->scopes[index + 1];
    const struct config_setting *setting =
        config_scopes_setting(config->scopes, index, "proxy_from");

    if (pool->type != SOCK_STREAM)
        config_refuse_key(config, index, "proxy_protocol", errors,
                          "proxy_protocol is for streams, and pool '%s' has datagrams", pool->name);
    else if (pool->proxy_from == NULL && !setting->refused && !scope->refused)
        config_refuse(
            errors, scope->place,
            "pool '%s' needs 'proxy_from' where proxy_protocol is 'required': who may send "
            "the header",
            pool->name);
    else if (pool->proxy_from != NULL && !names_someone(pool))
        config_refuse_key(config, index, "proxy_from", errors,
                          "proxy_from '%.60s' has nothing that can connect to pool '%s': %s",
                          pool->proxy_from, pool->name,
                          pool->mode == MODE_UNIX ? "in unix mode that is user:NAME, group:NAME or "
                                                    "all"
                                                  : "in inet mode that is an address, a network or "
                                                    "all");
}

void config_trust_resolve(struct config *config, bool look_up, struct config_errors *errors)
{
    const struct config_setting *last = NULL;
    size_t last_index = 0;

    for (size_t i = 0; i < config->pool_count; i++) {
        struct pool_config *pool = &config->pools[i];
        const struct config_setting *setting =
            config_scopes_setting(config->scopes, i, "proxy_from");

        if (pool->proxy_protocol != PROXY_REQUIRED || pool->mode < 0)
            continue;
        check(config, i, errors);
        if (!look_up || pool->proxy_from == NULL || setting->refused)
            continue;
        if (setting == last)
            inherit_words(pool, &config->pools[last_index]);
        else
            resolve_names(config, i, errors);
        last = setting;
        last_index = i;
    }
}
