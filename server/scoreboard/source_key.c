/*
 * source_key: see source_key.h.
 *
 * A prefix of IPv6 takes all 64 bits. What else there is has the first byte of multicast addresses,
 * which no client has.
 */
#include "server/scoreboard/source_key.h"

#include <endian.h>
#include <string.h>

enum { OTHER = 0xff };

/* The first 16 bits of a key that is no prefix of IPv6. The prefix of ::1 is one of these: it would
 * be SOURCE_KEY_NONE. */
enum kind { KIND_USER = 0xff01, KIND_IPV4 = 0xff04, KIND_ZERO = 0xff06, KIND_UNKNOWN = 0xff0f };

static uint64_t key_of(enum kind kind, uint32_t value)
{
    return (uint64_t)kind << 48 | value;
}

/* Return the 64 bits of HOST from byte FROM on. */
static uint64_t bits_of(const struct in6_addr *host, size_t from)
{
    uint64_t bits;

    memcpy(&bits, &host->s6_addr[from], sizeof(bits));
    return be64toh(bits);
}

uint64_t source_key_of_address(const union endpoint_address *address)
{
    struct in6_addr host;
    uint64_t prefix;

    if (!source_host(address, &host) || host.s6_addr[0] == OTHER)
        return SOURCE_KEY_UNKNOWN;
    if (IN6_IS_ADDR_V4MAPPED(&host))
        return key_of(KIND_IPV4, (uint32_t)bits_of(&host, 8));
    prefix = bits_of(&host, 0);
    return prefix == 0 ? key_of(KIND_ZERO, 0) : prefix;
}

uint64_t source_key_of_user(uid_t uid)
{
    return uid == (uid_t)-1 ? SOURCE_KEY_UNKNOWN : key_of(KIND_USER, uid);
}

bool source_key_is_right(uint64_t key)
{
    if (key >> 56 != OTHER)
        return key != SOURCE_KEY_NONE;
    switch (key >> 48) {
    case KIND_USER:
    case KIND_IPV4:
        return (key >> 32 & 0xffff) == 0;
    case KIND_ZERO:
    case KIND_UNKNOWN:
        return (key & 0xffffffffffff) == 0;
    default:
        return false;
    }
}

/* Set SOURCE to the network of IPv4 or IPv6 that has KEY. */
static void set_network(uint64_t key, struct source *source)
{
    uint64_t prefix = htobe64(key);
    uint32_t inet4 = htobe32((uint32_t)key);

    *source = (struct source){.kind = SOURCE_INET, .bits = 64};
    if (key >> 48 == KIND_IPV4) {
        source->bits = 128;
        source->network.s6_addr[10] = source->network.s6_addr[11] = 0xff;
        memcpy(&source->network.s6_addr[12], &inet4, sizeof(inet4));
    } else if (key >> 48 != KIND_ZERO) {
        memcpy(source->network.s6_addr, &prefix, sizeof(prefix));
    }
}

void source_key_print(uint64_t key, char text[SOURCE_TEXT_SIZE])
{
    struct source source = {.kind = SOURCE_USER, .id = (uint32_t)key};

    if (key == SOURCE_KEY_UNKNOWN) {
        memcpy(text, "unknown", sizeof("unknown"));
        return;
    }
    if (key >> 48 != KIND_USER)
        set_network(key, &source);
    source_print(&source, text);
}
