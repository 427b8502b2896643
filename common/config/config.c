/*
 * config: see config.h. parse.c collects what is set where; here each pool gets its own value, else
 * the master's, else the default, and every value is checked.
 */
#include "common/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config/keys.h"
#include "common/config/parse.h"
#include "common/number.h"
#include "common/suggest.h"

enum { FILE_SIZE_MAX = 8 << 20 };

/* What one config_load() works on. */
struct loader {
    const struct config_source *source;
    struct config *config;
    struct config_errors errors;
};

/* Return the contents of FILE, to be freed; NULL with errno. */
static char *read_file(const char *file, size_t *size)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char *text = fd < 0 ? NULL : malloc(FILE_SIZE_MAX);
    ssize_t got = -1;

    for (*size = 0; text != NULL && *size < FILE_SIZE_MAX; *size += (size_t)got) {
        got = read(fd, text + *size, FILE_SIZE_MAX - *size);
        if (got <= 0)
            break;
    }
    if (got > 0)
        errno = EFBIG;
    if (got != 0) {
        free(text);
        text = NULL;
    }
    if (fd >= 0) {
        int cause = errno;

        close(fd);
        errno = cause;
    }
    return text;
}

static void refuse_setting(struct loader *loader, struct config_setting *setting,
                           const char *message)
{
    if (!setting->refused)
        config_refuse(&loader->errors, setting->place, "%s", message);
    setting->refused = true;
}

/* Set the field of KEY in STRUCTURE from SETTING, if that is set. */
static void apply(struct loader *loader, const struct config_key *key,
                  struct config_setting *setting, void *structure)
{
    char *message;

    if (setting->text == NULL || setting->refused)
        return;
    message = config_key_set(key, structure, setting->text);
    if (message != NULL)
        refuse_setting(loader, setting, message);
    free(message);
}

static void apply_defaults(void *structure, bool of_master)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];

        if (key->of_master == of_master && key->default_text != NULL)
            free(config_key_set(key, structure, key->default_text));
    }
}

static void resolve_master(struct loader *loader)
{
    struct config_scope *scope = &loader->config->scopes->scopes[0];

    apply_defaults(loader->config, true);
    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].of_master)
            apply(loader, &config_keys[i], &scope->settings[i], loader->config);
    }
}

static void require(struct loader *loader, size_t pool, const char *name, const char *why)
{
    const struct config_scope *scope = &loader->config->scopes->scopes[pool + 1];

    if (config_scopes_setting(loader->config->scopes, pool, name)->text == NULL && !scope->refused)
        config_refuse(&loader->errors, scope->place, "pool '%s' needs '%s'%s", scope->name, name,
                      why);
}

static void check_service(struct loader *loader, size_t pool)
{
    const char *const *services = loader->source->services;
    struct config_setting *setting = config_scopes_setting(loader->config->scopes, pool, "service");
    const char *name = loader->config->pools[pool].service;
    char message[256];
    size_t length;
    int meant;

    if (services == NULL)
        return;
    for (const char *const *service = services; *service != NULL; service++) {
        if (strcmp(*service, name) == 0)
            return;
    }
    meant = suggest(name, services);
    length = (size_t)snprintf(message, sizeof(message), "unknown service '%.60s'", name);
    if (meant >= 0) {
        snprintf(message + length, sizeof(message) - length, "; did you mean '%s'?",
                 services[meant]);
    } else {
        length +=
            (size_t)snprintf(message + length, sizeof(message) - length, "; the services are");
        for (const char *const *service = services; *service != NULL && length < sizeof(message);
             service++)
            length += (size_t)snprintf(message + length, sizeof(message) - length, " %s", *service);
    }
    refuse_setting(loader, setting, message);
}

/* Set the endpoint of the pool at INDEX from its path, or from its address and port. */
static void resolve_endpoint(struct loader *loader, size_t index)
{
    struct pool_config *pool = &loader->config->pools[index];
    bool is_unix = pool->mode == MODE_UNIX;
    struct config_setting *setting =
        config_scopes_setting(loader->config->scopes, index, is_unix ? "path" : "address");
    const char *text = is_unix ? pool->path : pool->address, *reason;
    char message[512];
    int length;

    if (text == NULL)
        return;
    reason = is_unix
                 ? endpoint_set_path(&pool->endpoint, text, (int)pool->type)
                 : endpoint_set_inet(&pool->endpoint, text, (uint16_t)pool->port, (int)pool->type);
    if (reason == NULL)
        return;
    length = snprintf(message, sizeof(message), "%s '%.255s' %s", is_unix ? "path" : "address",
                      text, reason);
    if (is_unix && strlen(text) > ENDPOINT_PATH_MAX)
        snprintf(message + length, sizeof(message) - (size_t)length,
                 ": %zu bytes, and the limit is %d", strlen(text),
                 ENDPOINT_PATH_MAX + (text[0] == '@'));
    refuse_setting(loader, setting, message);
}

static void resolve_pool(struct loader *loader, size_t index)
{
    struct config_scope *scopes = loader->config->scopes->scopes;
    struct pool_config *pool = &loader->config->pools[index];

    pool->name = scopes[index + 1].name;
    pool->mode = -1;
    apply_defaults(pool, false);
    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].of_master)
            continue;
        apply(loader, &config_keys[i], &scopes[0].settings[i], pool);
        apply(loader, &config_keys[i], &scopes[index + 1].settings[i], pool);
    }
    /* The article's service answers one character; the others go on until the client closes. */
    if (pool->requests_per_connection == 0)
        pool->requests_per_connection =
            /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): it has a default */
            strcmp(pool->service, "increment") == 0 ? 1 : NUMBER_UNLIMITED;
    require(loader, index, "mode", ": unix or inet");
    if (pool->mode == MODE_UNIX)
        require(loader, index, "path", " in unix mode");
    if (pool->mode == MODE_INET)
        require(loader, index, "port", " in inet mode");
    check_service(loader, index);
    if (pool->mode >= 0)
        resolve_endpoint(loader, index);
}

static void check_apart(struct loader *loader, size_t index)
{
    const struct pool_config *pools = loader->config->pools;
    const struct config_scope *scopes = loader->config->scopes->scopes;

    for (size_t other = 0; other < index; other++) {
        if (pools[index].endpoint.length == 0 || scopes[index + 1].refused ||
            scopes[other + 1].refused ||
            (pools[index].mode == MODE_INET && pools[index].port == 0) ||
            !endpoint_equal(&pools[index].endpoint, &pools[other].endpoint))
            continue;
        config_refuse(&loader->errors, scopes[index + 1].place,
                      "pool '%s' has the address of pool '%s'", pools[index].name,
                      pools[other].name);
    }
}

static void resolve(struct loader *loader)
{
    struct config *config = loader->config;

    if (config->scopes->count == 1)
        config_scopes_add(config->scopes, "main",
                          (struct config_place){loader->source->file, 1, 1});
    for (size_t i = 0; i < loader->source->override_count; i++)
        config_override_parse(loader->source->overrides[i], (int)i + 1, config->scopes,
                              &loader->errors);
    config->pool_count = config->scopes->count - 1;
    config->pools = calloc(config->pool_count, sizeof(*config->pools));
    if (config->pools == NULL)
        abort();
    resolve_master(loader);
    for (size_t i = 0; i < config->pool_count; i++) {
        resolve_pool(loader, i);
        check_apart(loader, i);
    }
}

struct config *config_load(const struct config_source *source, char **errors)
{
    struct loader loader = {.source = source};
    size_t size;
    char *text = read_file(source->file, &size);

    if (text == NULL) {
        if (asprintf(errors, "%s: cannot read it: %s\n", source->file, strerror(errno)) < 0)
            abort();
        return NULL;
    }
    loader.config = calloc(1, sizeof(*loader.config));
    if (loader.config == NULL ||
        (loader.config->scopes = calloc(1, sizeof(*loader.config->scopes))) == NULL)
        abort();
    config_scopes_add(loader.config->scopes, "", (struct config_place){source->file, 1, 1});
    config_file_parse(source->file, text, size, loader.config->scopes, &loader.errors);
    free(text);
    resolve(&loader);
    if (loader.errors.count == 0)
        return loader.config;
    *errors = config_errors_print(&loader.errors);
    config_free(loader.config);
    return NULL;
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];

        if (key->of_master)
            config_key_clear(key, config);
        for (size_t pool = 0; pool < config->pool_count && !key->of_master; pool++)
            config_key_clear(key, &config->pools[pool]);
    }
    config_scopes_free(config->scopes);
    free(config->scopes);
    free(config->pools);
    free(config);
}

void config_print_place(const struct config *config, size_t index, char *text, size_t size)
{
    const struct config_place *place = &config->scopes->scopes[index + 1].place;

    snprintf(text, size, "%s:%d:%d", place->file, place->line, place->column);
}

const struct pool_config *config_pool(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->pool_count; i++) {
        if (strcmp(config->pools[i].name, name) == 0)
            return &config->pools[i];
    }
    return NULL;
}
