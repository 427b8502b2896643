/*
 * Fuzz target: any text as a list of sources, as `proxy_from` has one. A network that is accepted
 * and printed is accepted again as the same; it has its first and its last address and not the one
 * beside it; a user is not a group.
 */
#include "common/source.h"

#include <arpa/inet.h>

#include "common/config/words.h"
#include "tests/fuzz/fuzz.h"

enum { IPV6_BITS = 128 };

static union endpoint_address address_of(const struct in6_addr *host)
{
    union endpoint_address address;

    memset(&address, 0, sizeof(address));
    address.inet6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = *host};
    return address;
}

/* The address of the IPv4 host that HOST has in its last bytes. */
static union endpoint_address inet4_of(const struct in6_addr *host)
{
    union endpoint_address address;

    memset(&address, 0, sizeof(address));
    address.inet4.sin_family = AF_INET;
    memcpy(&address.inet4.sin_addr, &host->s6_addr[12], sizeof(address.inet4.sin_addr));
    return address;
}

static void flip(struct in6_addr *host, unsigned int bit)
{
    host->s6_addr[bit / 8] ^= (uint8_t)(0x80U >> bit % 8);
}

/* An IPv4 network is one within ::ffff:0:0/96; a shorter prefix does not have these addresses. */
static void check_members(const struct source *source)
{
    struct in6_addr last = source->network, beside = source->network;
    union endpoint_address address = address_of(&source->network);
    bool is_mapped = IN6_IS_ADDR_V4MAPPED(&source->network), reaches = source->bits >= 96;

    must(source_has_address(source, &address) == (!is_mapped || reaches), "its first address");
    if (is_mapped && reaches) {
        address = inet4_of(&source->network);
        must(source_has_address(source, &address), "its first address, as an IPv4 one");
    }
    for (unsigned int bit = source->bits; bit < IPV6_BITS; bit++)
        flip(&last, bit);
    address = address_of(&last);
    must(source_has_address(source, &address) == (!IN6_IS_ADDR_V4MAPPED(&last) || reaches),
         "its last address");
    if (source->bits == 0)
        return;
    flip(&beside, source->bits - 1);
    address = address_of(&beside);
    must(!source_has_address(source, &address), "not the address beside it");
}

static void check_network(const struct source *source)
{
    char host[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + sizeof("/128")];
    struct source again;

    must(source->bits <= IPV6_BITS, "a prefix of at most 128 bits");
    for (unsigned int bit = source->bits; bit < IPV6_BITS; bit++)
        must((source->network.s6_addr[bit / 8] & 0x80U >> bit % 8) == 0, "no host bits");
    inet_ntop(AF_INET6, &source->network, host, sizeof(host));
    snprintf(text, sizeof(text), "%s/%u", host, source->bits);
    must(source_parse(text, &again) == NULL, "it is accepted again");
    must(again.kind == SOURCE_INET && again.bits == source->bits &&
             memcmp(&again.network, &source->network, sizeof(again.network)) == 0,
         "and is the same");
    check_members(source);
}

static void check_identity(const struct source *source, const char *word)
{
    uid_t id = (uid_t)source->id;
    bool is_user = source->kind == SOURCE_USER;

    must(source_name(word) != NULL && source_name(word)[0] != '\0', "it has a name");
    must(source->id >= -1 && source->id < UINT32_MAX, "a number that a user can have");
    if (source->id < 0)
        return;
    must(source_has_process(source, is_user ? id : id + 1, is_user ? id + 1 : id), "its process");
    must(!source_has_process(source, is_user ? id + 1 : id, is_user ? id : id + 1),
         "not another's");
}

static void parse(const char *word)
{
    struct source source;
    const char *refused = source_parse(word, &source);

    must(refused == NULL || refused[0] != '\0', "a refusal has its reason");
    if (refused != NULL && strcmp(refused, "has bits behind its prefix") != 0)
        return; /* that one is the network without them */
    if (source.kind == SOURCE_INET)
        check_network(&source);
    else if (source.kind != SOURCE_ALL)
        check_identity(&source, word);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {bytes, size};
    char *text = take_text(&input, '\0'), **words = config_words(text);

    must(words != NULL, "there is memory");
    for (size_t i = 0; words[i] != NULL; i++) {
        must(strlen(words[i]) <= strlen(text), "a word is part of the text");
        parse(words[i]);
    }
    free(words);
    free(text);
    return 0;
}
