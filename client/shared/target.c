/*
 * target: see target.h.
 */
#include "client/shared/target.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/number.h"

enum { HOST_SIZE = 256 };

/* Store the first address of HOST in ENDPOINT. */
static enum status resolve(struct endpoint *endpoint, const char *host, uint16_t port, int type)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = type, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found;
    int failure = getaddrinfo(host, NULL, &hints, &found);

    if (failure != 0) {
        warnx("cannot find host '%s': %s", host,
              failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure));
        return STATUS_UNAVAILABLE;
    }
    memset(endpoint, 0, sizeof(*endpoint));
    memcpy(&endpoint->address, found->ai_addr, found->ai_addrlen);
    endpoint->length = found->ai_addrlen;
    endpoint->type = type;
    endpoint_set_port(endpoint, port);
    freeaddrinfo(found);
    return STATUS_OK;
}

/* Split TEXT, `HOST:PORT` or `[HOST]:PORT`. Returns the port, or NULL if TEXT is neither. */
static const char *split_host(const char *text, char host[HOST_SIZE])
{
    bool bracketed = text[0] == '[';
    const char *end = bracketed ? strchr(text, ']') : strchr(text, ':');
    size_t length;

    if (end == NULL)
        return NULL;
    text += bracketed;
    length = (size_t)(end - text);
    end += bracketed;
    if (length == 0 || length >= HOST_SIZE || *end != ':')
        return NULL;
    memcpy(host, text, length);
    host[length] = '\0';
    return end + 1;
}

/* Parse TEXT, which follows `inet:`. */
static enum status parse_inet(struct endpoint *endpoint, const char *text, int type)
{
    char host[HOST_SIZE];
    const char *port_text = split_host(text, host), *reason;
    int64_t port;

    if (port_text == NULL || strchr(port_text, ':') != NULL) {
        warnx("'inet:%s' is not inet:HOST:PORT (an IPv6 address stands in brackets: inet:[::1]:80)",
              text);
        return STATUS_USAGE;
    }
    reason = number_parse_integer(port_text, 1, UINT16_MAX, &port);
    if (reason != NULL) {
        warnx("port '%s' of 'inet:%s' %s (1 to 65535)", port_text, text, reason);
        return STATUS_USAGE;
    }
    if (endpoint_set_inet(endpoint, strcmp(host, "*") == 0 ? "localhost" : host, (uint16_t)port,
                          type) == NULL)
        return STATUS_OK;
    return resolve(endpoint, host, (uint16_t)port, type);
}

static enum status parse_endpoint(struct endpoint *endpoint, const char *text, int type)
{
    const char *reason;

    if (strncmp(text, "inet:", 5) == 0)
        return parse_inet(endpoint, text + 5, type);
    if (strncmp(text, "unix:", 5) != 0 || text[5] == '\0') {
        warnx("'%s' is not unix:PATH, unix:@NAME or inet:HOST:PORT", text);
        return STATUS_USAGE;
    }
    reason = endpoint_set_path(endpoint, text + 5, type);
    if (reason == NULL)
        return STATUS_OK;
    warnx("path '%s' %s: %zu bytes, and the limit is %d", text + 5, reason, strlen(text + 5),
          ENDPOINT_PATH_MAX);
    return STATUS_USAGE;
}

/* List the pools of CONFIG as ` a b c`, truncated to SIZE. */
static void list_pools(const struct config *config, char *text, size_t size)
{
    size_t length = 0;

    for (size_t i = 0; i < config->pool_count && length < size; i++)
        length += (size_t)snprintf(text + length, size - length, " %s", config->pools[i].name);
}

/* Return the pool that OPTIONS name, or the only one; NULL with the reason logged. */
static const struct pool_config *choose_pool(const struct target_options *options,
                                             const struct config *config)
{
    const struct pool_config *pool = NULL;
    char names[1024];

    if (options->pool == NULL && config->pool_count == 1)
        return &config->pools[0];
    if (options->pool != NULL)
        pool = config_pool(config, options->pool);
    if (pool != NULL)
        return pool;
    list_pools(config, names, sizeof(names));
    if (options->pool != NULL)
        warnx("%s has no pool '%s'; it has:%s", options->config, options->pool, names);
    else
        warnx("%s has several pools; choose one with -p:%s", options->config, names);
    return NULL;
}

/* Log each line of TEXT unchanged, and free TEXT. */
static void relay_lines(char *text)
{
    char *rest = text;

    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        if (line[0] != '\0')
            log_relay(line);
    }
    free(text);
}

static enum status find_pool(const struct target_options *options, struct target *target)
{
    const struct config_source source = {.file = options->config};
    char *errors;

    target->config = config_load(&source, &errors);
    if (target->config == NULL) {
        relay_lines(errors);
        return STATUS_CONFIG;
    }
    target->pool = choose_pool(options, target->config);
    if (target->pool == NULL)
        return STATUS_USAGE;
    target->endpoint = target->pool->endpoint;
    if (options->datagram && target->endpoint.type != SOCK_DGRAM) {
        warnx("pool '%s' of %s is a stream pool: --datagram is for an ENDPOINT", target->pool->name,
              options->config);
        return STATUS_USAGE;
    }
    if (target->pool->mode == MODE_INET && target->pool->port == 0) {
        warnx("pool '%s' of %s lets the kernel choose its port: give the ENDPOINT that the "
              "server's ready line names",
              target->pool->name, options->config);
        return STATUS_USAGE;
    }
    /* A server on every address is reached over loopback; its socket takes IPv4 in any case. */
    if (target->endpoint.wildcard)
        endpoint_set_inet(&target->endpoint, "localhost", (uint16_t)target->pool->port,
                          target->endpoint.type);
    return STATUS_OK;
}

enum status target_find(const struct target_options *options, struct target *target)
{
    enum status status = STATUS_USAGE;

    memset(target, 0, sizeof(*target));
    if (options->config == NULL && options->endpoint == NULL)
        warnx("no server given: use -c FILE or an ENDPOINT");
    else if (options->config == NULL && options->pool != NULL)
        warnx("-p needs -c FILE: it names a pool of a configuration");
    else if (options->config != NULL)
        status = find_pool(options, target);
    else
        status = parse_endpoint(&target->endpoint, options->endpoint,
                                options->datagram ? SOCK_DGRAM : SOCK_STREAM);
    if (status != STATUS_OK) {
        target_free(target);
        return status;
    }
    endpoint_print(&target->endpoint, target->text);
    return STATUS_OK;
}

void target_free(struct target *target)
{
    config_free(target->config);
    target->config = NULL;
    target->pool = NULL;
}

int target_name_socket(const struct endpoint *endpoint, int fd)
{
    const sa_family_t unnamed = AF_UNIX;

    if (!endpoint_is_unix(endpoint) || endpoint->type != SOCK_DGRAM)
        return 0;
    return bind(fd, (const struct sockaddr *)&unnamed, sizeof(unnamed));
}

void target_warn_unreachable(const struct target *target)
{
    const char *cause = strerror(errno), *path = endpoint_path(&target->endpoint);
    char directory[PATH_MAX];
    size_t length;

    if (target->pool != NULL && path != NULL && getcwd(directory, sizeof(directory)) != NULL) {
        length = strcmp(directory, "/") == 0 ? 0 : strlen(directory);
        if (strncmp(path, directory, length) == 0 && path[length] == '/') {
            warnx("cannot reach %s: %s (a relative path in a configuration is taken from the "
                  "working directory, here %s)",
                  target->text, cause, directory);
            return;
        }
    }
    warnx("cannot reach %s: %s", target->text, cause);
}
