/*
 * resolve: see resolve.h.
 */
#include "common/config/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/config/accounts.h"
#include "common/config/collisions.h"
#include "common/config/command.h"
#include "common/config/field.h"
#include "common/config/hints.h"
#include "common/config/identity.h"
#include "common/config/keys.h"
#include "common/config/master_name.h"
#include "common/config/parse.h"
#include "common/config/resident.h"
#include "common/config/sources.h"
#include "common/config/trust.h"
#include "common/number.h"
#include "common/suggest.h"
#include "common/text.h"

/* What one config_resolve() works on. */
struct loader {
    const struct config_source *source;
    struct config *config;
    struct config_errors *errors;
};

static void refuse_setting(struct loader *loader, struct config_setting *setting,
                           const char *message)
{
    if (!setting->refused)
        config_refuse(loader->errors, setting->place, "%s", message);
    setting->refused = true;
}

/* Set the field of KEY in STRUCTURE from SETTING, if that is set. */
static void apply(struct loader *loader, const struct config_key *key,
                  struct config_setting *setting, void *structure)
{
    char *message;

    if (setting->text == NULL || setting->refused)
        return;
    message = config_field_set(key, structure, setting->text);
    if (message != NULL)
        refuse_setting(loader, setting, message);
    free(message);
}

static void apply_defaults(void *structure, bool of_master)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];

        if (key->of_master == of_master && key->default_text != NULL)
            free(config_field_set(key, structure, key->default_text));
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

/* Report that NAME is missing, unless a line that was meant to set it has been reported. */
static void require(struct loader *loader, size_t pool, const char *name, const char *why)
{
    const struct config_scopes *scopes = loader->config->scopes;
    const struct config_scope *scope = &scopes->scopes[pool + 1];
    const struct config_setting *setting = config_scopes_setting(scopes, pool, name);

    if (setting->text == NULL && !setting->refused && !scope->refused && !scopes->scopes[0].refused)
        config_refuse(loader->errors, scope->place, "pool '%s' needs '%s'%s", scope->name, name,
                      why);
}

/* A pool may also have cancelled the module that it would inherit. */
static void check_module(struct loader *loader, size_t pool)
{
    struct config_setting *setting = config_scopes_setting(loader->config->scopes, pool, "module");

    require(loader, pool, "module", ": the shared object, where the service is 'module'");
    if (setting->text != NULL && loader->config->pools[pool].module == NULL)
        refuse_setting(loader, setting, "module is 'none', and the service is 'module'");
}

static void check_required(struct loader *loader, size_t pool)
{
    int64_t mode = loader->config->pools[pool].mode;

    require(loader, pool, "mode", ": unix or inet");
    if (mode == MODE_UNIX)
        require(loader, pool, "path", " in unix mode");
    if (mode == MODE_INET)
        require(loader, pool, "port", " in inet mode");
    if (loader->config->pools[pool].runs_program)
        require(loader, pool, "command", " where the service is 'program'");
    if (loader->config->pools[pool].runs_module)
        check_module(loader, pool);
}

static bool is_one_of(const char *const *names, const char *name)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* Print to TEXT which of SERVICES NAME was probably meant to be, or all of them. */
static void suggest_service(const char *const *services, const char *name, char *text, size_t size)
{
    int meant = suggest(name, services);
    size_t length;

    if (meant >= 0) {
        snprintf(text, size, "did you mean '%s'?", services[meant]);
        return;
    }
    length = (size_t)snprintf(text, size, "the services are");
    for (; *services != NULL && length < size; services++)
        length += (size_t)snprintf(text + length, size - length, " %s", *services);
}

static void check_service(struct loader *loader, size_t pool)
{
    const char *const *services = loader->source->services;
    const char *name = loader->config->pools[pool].service;
    char message[256], hint[160];

    if (services == NULL || is_one_of(services, name))
        return;
    suggest_service(services, name, hint, sizeof(hint));
    snprintf(message, sizeof(message), "unknown service '%.60s'; %s", name, hint);
    refuse_setting(loader, config_scopes_setting(loader->config->scopes, pool, "service"), message);
}

/* Set the endpoint of the pool at INDEX from its path, or from its address and port. */
static void resolve_endpoint(struct loader *loader, size_t index)
{
    struct pool_config *pool = &loader->config->pools[index];
    bool is_unix = pool->mode == MODE_UNIX;
    struct config_setting *setting =
        config_scopes_setting(loader->config->scopes, index, is_unix ? "path" : "address");
    const char *text = is_unix ? pool->path : pool->address, *reason;
    char message[512], hint[CONFIG_HINT_SIZE] = "";
    int length;

    if (text == NULL)
        return;
    reason = is_unix
                 ? endpoint_set_path(&pool->endpoint, text, (int)pool->type)
                 : endpoint_set_inet(&pool->endpoint, text, (uint16_t)pool->port, (int)pool->type);
    if (reason == NULL)
        return;
    if (!is_unix)
        config_address_hint(text, hint);
    length = snprintf(message, sizeof(message), "%s '%.255s' %s%s", is_unix ? "path" : "address",
                      text, reason, hint);
    if (is_unix && strlen(text) > ENDPOINT_PATH_MAX)
        snprintf(message + length, sizeof(message) - (size_t)length,
                 ": %zu bytes, and the limit is %d", strlen(text),
                 ENDPOINT_PATH_MAX + (text[0] == '@'));
    refuse_setting(loader, setting, message);
}

/* Set *ID to that of NAME, the value of KEY of the pool at INDEX; NULL: there is none. */
static void find_id(struct loader *loader, size_t index, const char *key, const char *name,
                    int64_t (*find)(const char *name, const char **reason), int64_t *id)
{
    struct config_setting *setting = config_scopes_setting(loader->config->scopes, index, key);
    const char *reason;
    char message[256];

    if (name == NULL || setting->refused)
        return;
    *id = find(name, &reason);
    if (*id >= 0)
        return;
    snprintf(message, sizeof(message), "%s '%.60s': %s", key, name, reason);
    refuse_setting(loader, setting, message);
}

/* Returns whether POOL has a socket file, which alone has an owner. */
static bool has_file(const struct pool_config *pool)
{
    return pool->mode == MODE_UNIX && endpoint_path(&pool->endpoint) != NULL;
}

/* A directory service may take seconds for a name: look one up for the first of several pools. */
static void find_owners(struct loader *loader, size_t index)
{
    struct pool_config *pools = loader->config->pools, *pool = &pools[index];
    const struct pool_config *before = &pools[index > 0 ? index - 1 : 0];
    bool is_known = index > 0 && has_file(before); /* else its names were not looked up */

    if (is_known && text_equal(before->socket_owner, pool->socket_owner))
        pool->socket_uid = before->socket_uid;
    else
        find_id(loader, index, "socket_owner", pool->socket_owner, account_user_number,
                &pool->socket_uid);
    if (is_known && text_equal(before->socket_group, pool->socket_group))
        pool->socket_gid = before->socket_gid;
    else
        find_id(loader, index, "socket_group", pool->socket_group, account_group_number,
                &pool->socket_gid);
}

/* Find the program of a pool again, in the pool's root directory. */
static void find_in_root(const struct loader *loader, size_t index)
{
    struct pool_config *pool = &loader->config->pools[index];
    const struct config_setting *setting =
        config_scopes_setting(loader->config->scopes, index, "command");

    if (pool->chroot == NULL || pool->command == NULL || setting->text == NULL)
        return;
    free((void *)(uintptr_t)pool->command);
    pool->command = config_command_make(setting->text, pool->chroot);
}

/* Set what depends on the service of POOL. */
static void resolve_service(struct pool_config *pool)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): it has a default */
    pool->runs_program = strcmp(pool->service, "program") == 0;
    pool->runs_module = strcmp(pool->service, "module") == 0;
    pool->moves_bytes = !pool->runs_program || pool->start == START_WARM ||
                        (pool->start == START_CALL && pool->type == SOCK_DGRAM);
    /* The article's service answers one character; the others go on until the client closes. */
    if (pool->requests_per_connection == 0)
        pool->requests_per_connection =
            strcmp(pool->service, "increment") == 0 ? 1 : NUMBER_UNLIMITED;
    /* A program may leave what it was sent unread, and a reset would overtake its answer. */
    if (pool->linger_ns < 0)
        pool->linger_ns = pool->runs_program ? NS_PER_S : 0;
    config_resident_resolve(pool);
}

static void resolve_pool(struct loader *loader, size_t index)
{
    struct config_scope *scopes = loader->config->scopes->scopes;
    struct pool_config *pool = &loader->config->pools[index];

    pool->name = scopes[index + 1].name;
    pool->mode = -1;
    pool->linger_ns = pool->nonblocking = -1;
    apply_defaults(pool, false);
    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].of_master)
            continue;
        apply(loader, &config_keys[i], &scopes[0].settings[i], pool);
        apply(loader, &config_keys[i], &scopes[index + 1].settings[i], pool);
    }
    find_in_root(loader, index);
    resolve_service(pool);
    check_required(loader, index);
    check_service(loader, index);
    config_resident_check(loader->config, index, loader->errors);
    if (pool->mode >= 0)
        resolve_endpoint(loader, index);
    if (loader->source->owners && has_file(pool))
        find_owners(loader, index);
}

static void apply_overrides(const struct config_source *source, struct config_scopes *scopes,
                            struct config_errors *errors)
{
    for (size_t i = 0; i < source->override_count; i++)
        config_override_parse(source->overrides[i], (int)i + 1, scopes, errors);
}

void config_resolve(struct config *config, const struct config_source *source,
                    struct config_errors *errors)
{
    struct loader loader = {.source = source, .config = config, .errors = errors};

    if (config->scopes->count == 1)
        config_scopes_add(config->scopes, "main", (struct config_place){source->file, 1, 1});
    apply_overrides(source, config->scopes, errors);
    config->pool_count = config->scopes->count - 1;
    config->pools = calloc(config->pool_count, sizeof(*config->pools));
    if (config->pools == NULL)
        config_no_memory();
    resolve_master(&loader);
    config_master_name_resolve(config, source->file, errors);
    for (size_t i = 0; i < config->pool_count; i++)
        resolve_pool(&loader, i);
    config_check_collisions(config, errors);
    config_trust_check(config, errors);
    config_sources_resolve(config, source->owners, errors);
    config_identity_resolve(config, source->owners, errors);
    if (source->check != NULL)
        source->check(config, errors);
}
