/*
 * The addresses of helpers/client.c: see client.h.
 */
#include "tests/helpers/client/client.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void client_fail(const char *action, const char *why)
{
    fflush(stdout);
    fprintf(stderr, "client: %s: %s\n", action, why);
    exit(1);
}

static void set_unix(struct target *target, const char *path)
{
    struct sockaddr_un *address = &target->address.unix_domain;
    size_t length = strlen(path);

    if (length >= sizeof(address->sun_path))
        client_fail(path, "too long");
    memset(address, 0, sizeof(*address)); /* it may have been another one's */
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length);
    if (path[0] == '@')
        address->sun_path[0] = '\0';
    target->length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '@' ? 0 : 1));
}

static void set_inet(struct target *target, const char *text)
{
    const char *colon = strchr(text, ':');
    char host[INET_ADDRSTRLEN];

    snprintf(host, sizeof(host), "%.*s", colon == NULL ? 0 : (int)(colon - text), text);
    target->address.inet.sin_family = AF_INET;
    target->address.inet.sin_port = htons((in_port_t)atoi(colon == NULL ? text : colon + 1));
    target->length = sizeof(target->address.inet);
    if (inet_pton(AF_INET, colon == NULL ? "127.0.0.1" : host, &target->address.inet.sin_addr) != 1)
        client_fail(text, "not an address");
}

struct target client_target(const char *text)
{
    struct target target = {.type = SOCK_STREAM};
    const char *colon = strchr(text, ':');

    if (colon == NULL)
        client_fail(text, "not an endpoint");
    if (strncmp(text, "udp", 3) == 0 || strncmp(text, "dgram", 5) == 0)
        target.type = SOCK_DGRAM;
    if (strncmp(text, "unix", 4) == 0 || strncmp(text, "dgram", 5) == 0)
        set_unix(&target, colon + 1);
    else
        set_inet(&target, colon + 1);
    return target;
}

void client_set_source(struct calls *calls, const char *text)
{
    calls->source = calls->target;
    if (calls->target.address.any.sa_family == AF_UNIX)
        set_unix(&calls->source, text);
    else
        set_inet(&calls->source, text);
}
