/*
 * host: see host.h. An address cannot be made to mean another one, and localhost is resolved by
 * browsers themselves (RFC 6761, 6.3).
 */
#include "client/web/host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"

static bool is_address(int family, const char *text, size_t length)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr parsed;

    if (length >= sizeof(address) || memchr(text, '\0', length) != NULL)
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    return inet_pton(family, address, &parsed) == 1;
}

/* Returns whether LENGTH bytes of TEXT are nothing, or a colon and a port, which may be empty. */
static bool is_port(const char *text, size_t length)
{
    for (size_t i = 1; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    return length == 0 || text[0] == ':';
}

/* Set HOST to LENGTH BYTES, a name or an IPv4 address. Returns false if they are malformed. A name
 * with %-escapes is: two programs could read it differently, and browsers send none. */
static bool set_name(struct host *host, const char *bytes, size_t length)
{
    length -= length > 1 && bytes[length - 1] == '.';
    *host = (struct host){bytes, length, is_address(AF_INET, bytes, length)};
    return text_consists_of(bytes, length, "-._~!$&'()*+,;=");
}

bool host_parse(const char *bytes, size_t length, struct host *host)
{
    bool is_bracketed = length > 0 && bytes[0] == '[';
    const char *end = length == 0 ? NULL : memchr(bytes, is_bracketed ? ']' : ':', length);
    size_t size = end == NULL ? length : (size_t)(end - bytes), taken = size;

    if (is_bracketed && end != NULL) {
        *host = (struct host){bytes + 1, size - 1, is_address(AF_INET6, bytes + 1, size - 1)};
        taken++;
    } else if (!set_name(host, bytes, size)) {
        return false;
    }
    return (!is_bracketed || host->is_address) && is_port(bytes + taken, length - taken);
}

/* Returns whether LENGTH bytes of TEXT are what a list of names may contain. */
static bool is_pattern(const char *text, size_t length)
{
    if (length == 1 && text[0] == '*')
        return true;
    if (length > 0 && text[0] == '.') {
        text++;
        length--;
    }
    return text_consists_of(text, length, "-._") && text[0] != '.' && text[length - 1] != '.';
}

const char *host_check_names(const char *text)
{
    for (;;) {
        size_t length = strcspn(text, ",");

        if (!is_pattern(text, length))
            return "is not a list of host names, without ports, such as wall.example,.example.org";
        if (text[length] == '\0')
            return NULL;
        text += length + 1;
    }
}

/* Returns whether HOST is LENGTH bytes of NAME. */
static bool is_name(const struct host *host, const char *name, size_t length)
{
    return host->length == length && strncasecmp(host->name, name, length) == 0;
}

/* Returns whether PATTERN, of LENGTH bytes, is or includes HOST. */
static bool is_included(const struct host *host, const char *pattern, size_t length)
{
    if (pattern[0] != '.')
        return is_name(host, pattern, length) || (length == 1 && pattern[0] == '*');
    return is_name(host, pattern + 1, length - 1) ||
           (host->length > length &&
            strncasecmp(host->name + host->length - length, pattern, length) == 0);
}

bool host_is_served(const struct host *host, const char *names)
{
    static const char local[] = ".localhost";

    if (host->length == 0 || host->is_address || is_included(host, local, strlen(local)))
        return true;
    while (names != NULL) {
        size_t length = strcspn(names, ",");

        if (is_included(host, names, length))
            return true;
        names = names[length] == '\0' ? NULL : names + length + 1;
    }
    return false;
}
