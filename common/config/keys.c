/*
 * keys: see keys.h.
 */
#include "common/config/keys.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "common/log.h"
#include "common/number.h"
#include "common/suggest.h"

#define YEAR_NS (365 * 86400 * NS_PER_S)

static const struct config_word modes[] = {{"unix", MODE_UNIX}, {"inet", MODE_INET}, {NULL, 0}};
static const struct config_word types[] = {
    {"stream", SOCK_STREAM}, {"datagram", SOCK_DGRAM}, {NULL, 0}};
static const struct config_word levels[] = {{"debug", LOG_DEBUG},   {"info", LOG_INFO},
                                            {"notice", LOG_NOTICE}, {"warning", LOG_WARNING},
                                            {"error", LOG_ERROR},   {NULL, 0}};
static const struct config_word formats[] = {{"text", LOG_TEXT}, {"json", LOG_JSON}, {NULL, 0}};
static const struct config_word starts[] = {
    {"call", START_CALL}, {"warm", START_WARM}, {"resident", START_RESIDENT}, {NULL, 0}};
static const struct config_word descriptors[] = {{"3", 3}, {"0", 0}, {NULL, 0}};
static const struct config_word stop_signals[] = {
    {"TERM", SIGTERM}, {"INT", SIGINT},   {"QUIT", SIGQUIT},   {"HUP", SIGHUP},
    {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"WINCH", SIGWINCH}, {NULL, 0}};
static const struct config_word yes_or_no[] = {{"yes", 1}, {"no", 0}, {NULL, 0}};
static const struct config_word proxies[] = {
    {"no", PROXY_NO}, {"required", PROXY_REQUIRED}, {NULL, 0}};
static const struct config_word sandboxes[] = {
    {"enforce", SANDBOX_ENFORCE}, {"log", SANDBOX_LOG}, {"off", SANDBOX_OFF}, {NULL, 0}};
static const struct config_word none[] = {{"none", NUMBER_UNLIMITED}, {NULL, 0}};
static const struct config_word all[] = {{"all", 0}, {NULL, 0}};
static const struct config_word unlimited[] = {{"unlimited", NUMBER_UNLIMITED}, {NULL, 0}};
static const struct config_word defer[] = {
    {"auto", DEFER_ACCEPT_AUTO}, {"no", DEFER_ACCEPT_NO}, {NULL, 0}};
static const struct config_word logs[] = {{"stderr", 0},
                                          {"stdout", CONFIG_WORD_KEPT},
                                          {"syslog", CONFIG_WORD_KEPT},
                                          {"none", CONFIG_WORD_KEPT},
                                          {NULL, 0}};

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
    {"linger", KIND_DURATION, POOL(linger_ns), NULL, 0, 3600 * NS_PER_S, NULL,
     USE_STREAM | USE_ACCEPTED},
    {"service", KIND_TEXT, POOL(service), "increment", 0, 0, NULL, 0},
    {"requests_per_connection", KIND_INTEGER, POOL(requests_per_connection), NULL, 1, INT_MAX,
     unlimited, USE_STREAM | USE_BYTES},
    {"workers", KIND_RANGE, POOL(workers), "16", 1, 100000, NULL, 0},
    {"spare", KIND_INTEGER, POOL(spare), "2", 1, 100000, NULL, 0},
    {"spare_timeout", KIND_DURATION, POOL(spare_timeout_ns), "10s", NS_PER_MS, YEAR_NS, NULL, 0},
    {"max_connections_per_worker", KIND_INTEGER, POOL(max_connections_per_worker), "unlimited", 1,
     INT_MAX, unlimited, USE_ACCEPTED},
    {"max_connection_time", KIND_DURATION, POOL(max_connection_time_ns), "none", NS_PER_MS, YEAR_NS,
     none, USE_ACCEPTED},
    {"idle_timeout", KIND_DURATION, POOL(idle_timeout_ns), "60s", NS_PER_MS, YEAR_NS, none,
     USE_ACCEPTED},
    {"log_connections", KIND_WORD, POOL(log_connections), "no", 0, 0, yes_or_no, USE_ACCEPTED},
    {"module", KIND_PATH, POOL(module), "none", 0, 0, none, USE_BYTES},
    {"command", KIND_COMMAND, POOL(command), NULL, 0, 0, NULL, USE_PROGRAM},
    {"start", KIND_WORD, POOL(start), "call", 0, 0, starts, USE_PROGRAM},
    {"environment", KIND_ENVIRONMENT, POOL(environment), "none", 0, 0, none, USE_PROGRAM},
    {"directory", KIND_PATH, POOL(directory), "/", 0, 0, NULL, USE_PROGRAM},
    {"kill_after", KIND_DURATION, POOL(kill_after_ns), "5s", 0, YEAR_NS, NULL, USE_PROGRAM},
    {"max_age", KIND_DURATION, POOL(max_age_ns), "none", NS_PER_MS, YEAR_NS, none, USE_PROGRAM},
    {"listener_descriptor", KIND_WORD, POOL(listener_descriptor), "3", 0, 0, descriptors,
     USE_RESIDENT},
    {"nonblocking", KIND_WORD, POOL(nonblocking), NULL, 0, 0, yes_or_no, USE_RESIDENT},
    {"notify", KIND_WORD, POOL(notify), "no", 0, 0, yes_or_no, USE_RESIDENT},
    {"ready_after", KIND_DURATION, POOL(ready_after_ns), "1s", NS_PER_MS, YEAR_NS, NULL,
     USE_RESIDENT},
    {"stop_signal", KIND_WORD, POOL(stop_signal), "TERM", 0, 0, stop_signals, USE_RESIDENT},
    {"proxy_protocol", KIND_WORD, POOL(proxy_protocol), "no", 0, 0, proxies,
     USE_STREAM | USE_ACCEPTED},
    {"proxy_from", KIND_SOURCES, POOL(proxy_from), "none", 0, 0, none, USE_STREAM | USE_ACCEPTED},
    {"limit_files", KIND_INTEGER, POOL(limit_files), "unlimited", 32, INT_MAX, unlimited, 0},
    {"limit_memory", KIND_SIZE, POOL(limit_memory), "unlimited", 1 << 20, INT64_C(1) << 50,
     unlimited, 0},
    {"limit_cpu", KIND_DURATION, POOL(limit_cpu_ns), "unlimited", NS_PER_S, YEAR_NS, unlimited,
     USE_PROGRAM},
    {"limit_processes", KIND_INTEGER, POOL(limit_processes), "unlimited", 1, INT_MAX, unlimited, 0},
    {"nice", KIND_INTEGER, POOL(nice), "none", -20, 19, none, 0},
    {"allow", KIND_SOURCES, POOL(allow), "all", 0, 0, all, USE_ACCEPTED},
    {"deny", KIND_SOURCES, POOL(deny), "none", 0, 0, none, USE_ACCEPTED},
    {"max_per_source", KIND_INTEGER, POOL(max_per_source), "unlimited", 1, 1000000, unlimited,
     USE_STREAM | USE_ACCEPTED},
    {"max_rate_per_source", KIND_INTEGER, POOL(max_rate_per_source), "unlimited", 1, 100000,
     unlimited, USE_ACCEPTED},
    {"sandbox", KIND_WORD, POOL(sandbox), "enforce", 0, 0, sandboxes, USE_BYTES},
    {"no_new_privileges", KIND_WORD, POOL(no_new_privileges), "yes", 0, 0, yes_or_no, USE_PROGRAM},
    {"user", KIND_TEXT, POOL(user), "none", 0, 0, none, 0},
    {"group", KIND_TEXT, POOL(group), "none", 0, 0, none, 0},
    {"chroot", KIND_PATH, POOL(chroot), "none", 0, 0, none, 0},
    {"umask", KIND_MODE, POOL(umask), "none", 0, 0, none, USE_PROGRAM},
    {"name", KIND_TEXT, MASTER(name), NULL, 0, 0, NULL, 0},
    {"stop_timeout", KIND_DURATION, MASTER(stop_timeout_ns), "25s", 0, YEAR_NS, none, 0},
    {"pid_file", KIND_PATH, MASTER(pid_file), "none", 0, 0, none, 0},
    {"control", KIND_SOCKET, MASTER(control), "none", 0, 0, none, 0},
    {"control_readers", KIND_SOURCES, MASTER(control_readers), "none", 0, 0, none, 0},
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

const struct config_word *config_word_find(const struct config_key *key, const char *name)
{
    for (const struct config_word *word = key->words; word != NULL && word->name != NULL; word++) {
        if (strcmp(word->name, name) == 0)
            return word;
    }
    return NULL;
}

bool config_key_is_words(const struct config_key *key)
{
    return key->kind == KIND_COMMAND || key->kind == KIND_ENVIRONMENT || key->kind == KIND_SOURCES;
}

bool config_key_is_text(const struct config_key *key)
{
    return key->kind == KIND_TEXT || key->kind == KIND_PATH || key->kind == KIND_SOCKET ||
           config_key_is_words(key);
}
