/*
 * preflight: see preflight.h.
 */
#include "server/preflight.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/path_hint.h"
#include "server/as_pool.h"
#include "server/program/check.h"
#include "server/program/limits.h"
#include "server/service/service.h"
#include "server/worker/privileges.h"

static void check_service(struct config *config, size_t index, struct config_errors *errors)
{
    const struct pool_config *pool = &config->pools[index];

    if (pool->type != SOCK_DGRAM || service_find(pool->service) == NULL ||
        service_has_datagrams(pool) || pool->is_resident)
        return;
    if (pool->runs_program && pool->start == START_WARM)
        config_refuse_key(config, index, "start", errors,
                          "a program for datagrams is started by 'start = call' alone");
    else
        config_refuse_key(config, index, "service", errors, "service '%s' has no datagrams",
                          pool->service);
}

/* Other programs wait for no client. */
static void check_max_age(struct config *config, size_t index, struct config_errors *errors)
{
    const struct pool_config *pool = &config->pools[index];

    if (pool->runs_program && pool->start == START_CALL && pool->max_age_ns != NUMBER_UNLIMITED)
        config_refuse_key(
            config, index, "max_age", errors,
            "max_age is for programs that wait for their clients, with 'start = warm' or 'start = "
            "resident'");
}

/* Return an earlier pool for which as_pool() was asked the same as for the one at INDEX, or NULL: a
 * child for each of hundreds of pools would be felt at the start, and a module may take seconds. */
static const struct pool_config *find_asked(const struct config *config, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (as_pool_finds_same(&config->pools[i], &config->pools[index]))
            return &config->pools[i];
    }
    return NULL;
}

/* Check the program or the module of a pool, with its rights, or these alone. */
static void check_rights(struct config *config, size_t index, struct config_errors *errors)
{
    struct pool_config *pool = &config->pools[index];
    bool has_program = pool->runs_program && pool->command != NULL;
    const struct pool_config *asked = has_program ? NULL : find_asked(config, index);
    char text[PROGRAM_CHECK_SIZE];
    const char *key;

    if (pool->runs_module && pool->module == NULL)
        return; /* which is an error already */
    if (asked != NULL)
        pool->module_lets_client_speak = pool->runs_module && asked->module_lets_client_speak;
    else if (as_pool(pool, has_program ? program_check : NULL, &key, text,
                     &pool->module_lets_client_speak) != NULL)
        config_refuse_key(config, index, key, errors, "%s", text);
}

static void check_limits(struct config *config, size_t index, struct config_errors *errors)
{
    char text[LIMITS_TEXT_SIZE];
    const char *key;

    if (limits_refuse(&config->pools[index], &key, text) != NULL)
        config_refuse_key(config, index, key, errors, "%s", text);
}

void preflight_check(struct config *config, struct config_errors *errors)
{
    for (size_t i = 0; i < config->pool_count; i++) {
        check_service(config, i, errors);
        check_rights(config, i, errors);
        check_max_age(config, i, errors);
        check_limits(config, i, errors);
    }
}

static void warn_of_unused(const struct config *config, size_t index, const char *key,
                           const char *what)
{
    const struct pool_config *pool = &config->pools[index];
    char place[PATH_MAX];

    config_print_key_place(config, index, key, place, sizeof(place));
    fprintf(stderr, "%s: warning: pool %s: no %s, as the service is '%s'\n", place, pool->name,
            what, pool->service);
}

static void warn_of_command(const struct config *config, size_t index)
{
    const struct pool_config *pool = &config->pools[index];

    if (!pool->runs_program && pool->command != NULL)
        warn_of_unused(config, index, "command", "command is run");
    if (!pool->runs_module && pool->module != NULL)
        warn_of_unused(config, index, "module", "module is loaded");
}

static const char *doubt_program(const struct pool_config *pool, const char **key,
                                 char text[PROGRAM_CHECK_SIZE])
{
    return program_check(pool, key, text) == NULL ? program_doubt(pool, text) : NULL;
}

static void warn_of_program(const struct config *config, size_t index)
{
    const struct pool_config *pool = &config->pools[index];
    char place[PATH_MAX], text[PROGRAM_CHECK_SIZE];
    const char *key;

    if (!pool->runs_program || pool->command == NULL ||
        as_pool(pool, doubt_program, &key, text, NULL) == NULL)
        return;
    config_print_key_place(config, index, "command", place, sizeof(place));
    fprintf(stderr, "%s: warning: pool %s: %s\n", place, pool->name, text);
}

/* Return whether a pool that requires the header has its proxy_from from that PLACE. */
static bool is_needed(const struct config *config, const char *place)
{
    char other[PATH_MAX];

    for (size_t i = 0; i < config->pool_count; i++) {
        if (config->pools[i].proxy_protocol != PROXY_REQUIRED)
            continue;
        config_print_key_place(config, i, "proxy_from", other, sizeof(other));
        if (strcmp(place, other) == 0)
            return true;
    }
    return false;
}

static void warn_of_proxies(const struct config *config, size_t index)
{
    const struct pool_config *pool = &config->pools[index];
    char place[PATH_MAX];

    if (pool->proxy_protocol == PROXY_REQUIRED || pool->proxy_from == NULL)
        return;
    config_print_key_place(config, index, "proxy_from", place, sizeof(place));
    if (is_needed(config, place))
        return;
    fprintf(stderr,
            "%s: warning: pool %s: no header is read, as proxy_protocol is not 'required'\n", place,
            pool->name);
}

static void warn_of_user(const struct config *config, enum privileges_remark remark)
{
    char place[PATH_MAX], text[REMARK_SIZE];
    size_t index = privileges_remark(config, remark, text);
    const char *key = "command";

    if (index == CONFIG_MASTER)
        return;
    if (remark == REMARK_IGNORED)
        key = config->pools[index].user == NULL ? "group" : "user";
    config_print_key_place(config, index, key, place, sizeof(place));
    fprintf(stderr, "%s: warning: %s\n", place, text);
}

/* A worker answers to the socket files of its clients. */
static void warn_of_unix_datagrams(const struct config *config, size_t index)
{
    const struct pool_config *pool = &config->pools[index];
    char place[PATH_MAX];

    if (pool->mode != MODE_UNIX || pool->type != SOCK_DGRAM || !pool->has_identity ||
        pool->uid == 0)
        return;
    config_print_place(config, index, place, sizeof(place));
    fprintf(stderr,
            "%s: warning: pool %s: a client gets no answer unless user %s may write to its socket "
            "file\n",
            place, pool->name, pool->user);
}

static void warn_of_rights(const struct config *config)
{
    for (size_t i = 0; i < config->pool_count; i++)
        warn_of_unix_datagrams(config, i);
    warn_of_user(config, REMARK_ROOT);
    warn_of_user(config, REMARK_IGNORED);
}

/* The kernel does not say when the bytes of a unix socket move. */
static void warn_of_idle_timeout(const struct config *config, size_t index)
{
    const struct pool_config *pool = &config->pools[index];
    char place[PATH_MAX];

    if (pool->moves_bytes || pool->mode != MODE_UNIX || pool->idle_timeout_ns == NUMBER_UNLIMITED)
        return;
    config_print_place(config, index, place, sizeof(place));
    fprintf(stderr,
            "%s: warning: pool %s: idle_timeout does not apply to a program on a unix socket; "
            "max_connection_time does\n",
            place, pool->name);
}

/* The kernel counts the workers, too, and the master where it is of the user of POOL. */
static void warn_of_few_processes(const struct pool_config *pool, const char *place)
{
    bool has_master = !pool->has_identity || pool->uid == geteuid();
    long long own = (long long)pool->workers.max + has_master;

    if (pool->runs_program && !pool->is_resident && pool->limit_processes <= own)
        fprintf(stderr,
                "%s: warning: pool %s: limit_processes counts all processes of the user, of which "
                "%s are up to %lld: no program could be started then\n",
                place, pool->name, has_master ? "the master and the workers" : "the workers", own);
}

/* The kernel does not count for root. */
static void warn_of_processes(const struct config *config, size_t index)
{
    const struct pool_config *pool = &config->pools[index];
    char place[PATH_MAX];

    if (pool->limit_processes == NUMBER_UNLIMITED)
        return;
    config_print_key_place(config, index, "limit_processes", place, sizeof(place));
    if (pool->has_identity ? pool->uid == 0 : geteuid() == 0)
        fprintf(stderr, "%s: warning: pool %s: limit_processes does not bind root\n", place,
                pool->name);
    else
        warn_of_few_processes(pool, place);
}

static void warn_of_readers(const struct config *config)
{
    char place[PATH_MAX];

    if (config->control != NULL || config->control_readers == NULL)
        return;
    config_print_key_place(config, CONFIG_MASTER, "control_readers", place, sizeof(place));
    fprintf(stderr, "%s: warning: there is no control socket to ask, as control is not set\n",
            place);
}

static bool comes_with_service(const char *path)
{
    return strncmp(path, "/run/", 5) == 0 || strncmp(path, "/var/run/", 9) == 0;
}

/* Check the directory of PATH, the value of KEY of that POOL; NULL or not a file: nothing. */
static void check_directory(struct config *config, size_t pool, const char *key, const char *path,
                            struct config_errors *errors)
{
    char missing[PATH_MAX], place[PATH_MAX];
    const char *reason = path == NULL || path[0] != '/' ? NULL : path_find_missing(path, missing);

    if (reason == NULL)
        return;
    if (!comes_with_service(path)) {
        config_refuse_key(config, pool, key, errors, "%s '%.255s': the directory %.255s %s", key,
                          path, missing, reason);
        return;
    }
    config_print_key_place(config, pool, key, place, sizeof(place));
    fprintf(stderr, "%s: warning: %s '%s': the directory %s %s\n", place, key, path, missing,
            reason);
}

void preflight_test(struct config *config, struct config_errors *errors)
{
    preflight_check(config, errors);
    for (size_t i = 0; i < config->pool_count; i++) {
        warn_of_command(config, i);
        warn_of_program(config, i);
        warn_of_idle_timeout(config, i);
        warn_of_proxies(config, i);
        warn_of_processes(config, i);
        if (config->pools[i].mode == MODE_UNIX)
            check_directory(config, i, "path", config->pools[i].path, errors);
    }
    warn_of_readers(config);
    check_directory(config, CONFIG_MASTER, "control", config->control, errors);
    check_directory(config, CONFIG_MASTER, "pid_file", config->pid_file, errors);
    check_directory(config, CONFIG_MASTER, "log", config->log, errors);
    if (!config_has_errors(errors))
        warn_of_rights(config);
}
