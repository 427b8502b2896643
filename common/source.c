/*
 * source: see source.h.
 */
#include "common/source.h"

#include <arpa/inet.h>
#include <string.h>

#include "common/number.h"
#include "common/text.h"

enum { IPV4_BITS = 32, IPV6_BITS = 128, MAPPED_BITS = IPV6_BITS - IPV4_BITS };

static const char user_prefix[] = "user:", group_prefix[] = "group:";

static bool begins_with(const char *word, const char *prefix)
{
    return strncmp(word, prefix, strlen(prefix)) == 0;
}

const char *source_name(const char *word)
{
    if (begins_with(word, user_prefix))
        return word + strlen(user_prefix);
    return begins_with(word, group_prefix) ? word + strlen(group_prefix) : NULL;
}

static struct in6_addr mapped(const void *inet4)
{
    struct in6_addr address = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

    memcpy(&address.s6_addr[12], inet4, sizeof(struct in_addr));
    return address;
}

/* Return whether ADDRESS has a bit behind the first BITS, and clear those. */
static bool clear_host(struct in6_addr *address, unsigned int bits)
{
    bool found = false;

    for (unsigned int bit = bits; bit < IPV6_BITS; bit++) {
        unsigned char mask = (unsigned char)(0x80U >> bit % 8);

        found |= (address->s6_addr[bit / 8] & mask) != 0;
        address->s6_addr[bit / 8] &= (unsigned char)~mask;
    }
    return found;
}

static const char *parse_identity(const char *word, const char *name, struct source *source)
{
    source->kind = begins_with(word, user_prefix) ? SOURCE_USER : SOURCE_GROUP;
    source->id = -1;
    if (name[0] == '\0')
        return "has no name";
    number_parse_integer(name, 0, UINT32_MAX - 1, &source->id);
    return NULL;
}

static const char *parse_inet(const char *word, struct source *source)
{
    size_t length = strcspn(word, "/");
    char address[INET6_ADDRSTRLEN];
    struct in_addr inet4;
    int64_t bits = IPV4_BITS, least = MAPPED_BITS;

    if (length >= sizeof(address))
        return "is too long for an address";
    memcpy(address, word, length);
    address[length] = '\0';
    if (inet_pton(AF_INET, address, &inet4) == 1) {
        source->network = mapped(&inet4);
    } else if (inet_pton(AF_INET6, address, &source->network) == 1) {
        bits = IPV6_BITS;
        least = 0;
    } else {
        return "is not an address, a network such as 10.0.0.0/8, user:NAME, group:NAME or all";
    }
    if (word[length] == '/' && number_parse_integer(word + length + 1, 0, bits, &bits) != NULL)
        return least == 0 ? "has a prefix that is not 0 to 128"
                          : "has a prefix that is not 0 to 32";
    source->kind = SOURCE_INET;
    source->bits = (unsigned int)(bits + least);
    return clear_host(&source->network, source->bits) ? "has bits behind its prefix" : NULL;
}

const char *source_parse(const char *word, struct source *source)
{
    const char *name = source_name(word);

    *source = (struct source){.kind = SOURCE_ALL};
    if (strcmp(word, "all") == 0)
        return NULL;
    return name == NULL ? parse_inet(word, source) : parse_identity(word, name, source);
}

static void print_network(const struct source *source, char text[SOURCE_TEXT_SIZE])
{
    bool is_ipv4 = source->bits >= MAPPED_BITS && IN6_IS_ADDR_V4MAPPED(&source->network);

    inet_ntop(is_ipv4 ? AF_INET : AF_INET6, &source->network.s6_addr[is_ipv4 ? 12 : 0], text,
              SOURCE_TEXT_SIZE);
    if (source->bits == IPV6_BITS)
        return;
    text_append(text, SOURCE_TEXT_SIZE, "/");
    text_append_number(text, SOURCE_TEXT_SIZE, source->bits - (is_ipv4 ? MAPPED_BITS : 0));
}

void source_print(const struct source *source, char text[SOURCE_TEXT_SIZE])
{
    text[0] = '\0';
    if (source->kind == SOURCE_INET) {
        print_network(source, text);
    } else if (source->kind == SOURCE_ALL) {
        text_append(text, SOURCE_TEXT_SIZE, "all");
    } else {
        text_append(text, SOURCE_TEXT_SIZE,
                    source->kind == SOURCE_USER ? user_prefix : group_prefix);
        text_append_number(text, SOURCE_TEXT_SIZE, source->id);
    }
}

bool source_host(const union endpoint_address *address, struct in6_addr *host)
{
    if (address->any.sa_family == AF_INET)
        *host = mapped(&address->inet4.sin_addr);
    else if (address->any.sa_family == AF_INET6)
        *host = address->inet6.sin6_addr;
    return address->any.sa_family == AF_INET || address->any.sa_family == AF_INET6;
}

bool source_has_address(const struct source *source, const union endpoint_address *address)
{
    struct in6_addr host;

    if (source->kind != SOURCE_INET)
        return source->kind == SOURCE_ALL;
    if (!source_host(address, &host))
        return false;
    if (source->bits < MAPPED_BITS && IN6_IS_ADDR_V4MAPPED(&host))
        return false; /* ::/0 is meant for IPv6 */
    clear_host(&host, source->bits);
    return memcmp(&host, &source->network, sizeof(host)) == 0;
}

bool source_has_process(const struct source *source, uid_t uid, gid_t gid)
{
    switch (source->kind) {
    case SOURCE_ALL:
        return true;
    case SOURCE_USER:
        return source->id == (int64_t)uid;
    case SOURCE_GROUP:
        return source->id == (int64_t)gid;
    default:
        return false;
    }
}
