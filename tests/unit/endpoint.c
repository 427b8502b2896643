/*
 * Unit tests of common/endpoint: paths up to the last byte of sun_path, abstract names, both inet
 * families, and what is printed.
 */
#include "common/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/tap.h"

#define LONG     "is too long for a unix socket"
#define NO_INET  "is not an IPv4 or IPv6 address, localhost or *"
#define PATH_107 107

static const char *printed(const struct endpoint *endpoint)
{
    static char text[ENDPOINT_TEXT_SIZE];

    endpoint_print(endpoint, text);
    return text;
}

/* Return FIRST and as many `p` behind it as make SIZE bytes. */
static const char *path_of(char first, size_t size)
{
    static char path[4096];

    memset(path, 'p', size);
    path[0] = first;
    path[size] = '\0';
    return path;
}

static void test_paths(void)
{
    struct endpoint endpoint, before;
    char expected[ENDPOINT_TEXT_SIZE];

    is_number(ENDPOINT_PATH_MAX, PATH_107, "a unix path may have 107 bytes");
    is_text(endpoint_set_path(&endpoint, "/run/x", SOCK_STREAM), NULL, "a path is taken");
    is_text(printed(&endpoint), "unix:/run/x", "it is printed with its scheme");
    is_text(endpoint_path(&endpoint), "/run/x", "it has a path in the file system");
    is_number(endpoint.length, offsetof(struct sockaddr_un, sun_path) + 7,
              "its length counts the final zero byte");
    ok(endpoint_is_unix(&endpoint), "it is a unix endpoint");
    is_number(endpoint_port(&endpoint), 0, "it has no port");

    is_text(endpoint_set_path(&endpoint, path_of('/', PATH_107), SOCK_STREAM), NULL,
            "a path of 107 bytes is taken");
    snprintf(expected, sizeof(expected), "unix:%s", path_of('/', PATH_107));
    is_text(printed(&endpoint), expected, "it is printed whole");
    before = endpoint;
    is_text(endpoint_set_path(&endpoint, path_of('/', PATH_107 + 1), SOCK_STREAM), LONG,
            "a path of 108 bytes is refused");
    is_text(endpoint_set_path(&endpoint, path_of('/', 4000), SOCK_STREAM), LONG,
            "a path of 4000 bytes is refused");
    is_text(endpoint_set_path(&endpoint, "", SOCK_STREAM), "is empty", "an empty path is refused");
    ok(endpoint_equal(&endpoint, &before), "a refused path changes nothing");
    endpoint_set_path(&endpoint, "/a\x01\x7f\nb\xc3\xa4", SOCK_STREAM);
    is_text(printed(&endpoint), "unix:/a???b\xc3\xa4", "control characters are printed as ?");
}

static void test_abstract_names(void)
{
    struct endpoint endpoint;
    char expected[ENDPOINT_TEXT_SIZE];

    is_text(endpoint_set_path(&endpoint, "@name", SOCK_STREAM), NULL, "an abstract name is taken");
    is_text(printed(&endpoint), "unix:@name", "it is printed with its @");
    is_text(endpoint_path(&endpoint), NULL, "it has no path in the file system");
    is_number(endpoint.length, offsetof(struct sockaddr_un, sun_path) + 5,
              "its length ends with the name");
    is_number(endpoint.address.unix_domain.sun_path[0], 0, "a zero byte stands for the @");
    is_text(endpoint_set_path(&endpoint, "@", SOCK_STREAM), "is empty", "@ alone is refused");
    is_text(endpoint_set_path(&endpoint, path_of('@', PATH_107 + 1), SOCK_STREAM), NULL,
            "@ and 107 bytes are taken");
    snprintf(expected, sizeof(expected), "unix:%s", path_of('@', PATH_107 + 1));
    is_text(printed(&endpoint), expected, "they are printed whole");
    is_text(endpoint_set_path(&endpoint, path_of('@', PATH_107 + 2), SOCK_STREAM), LONG,
            "@ and 108 bytes are refused");
    endpoint_set_path(&endpoint, "@@x", SOCK_STREAM);
    is_text(printed(&endpoint), "unix:@@x", "a name may begin with @ itself");
}

static void test_inet_addresses(void)
{
    static const struct {
        const char *address, *printed;
    } examples[] = {
        {"127.0.0.1", "inet:127.0.0.1:9734"},
        {"localhost", "inet:127.0.0.1:9734"},
        {"0.0.0.0", "inet:0.0.0.0:9734"},
        {"255.255.255.255", "inet:255.255.255.255:9734"},
        {"::1", "inet:[::1]:9734"},
        {"[::1]", "inet:[::1]:9734"},
        {"::", "inet:[::]:9734"},
        {"2001:DB8:0:0::1", "inet:[2001:db8::1]:9734"},
        {"1:2:3:4:5:6:7:8", "inet:[1:2:3:4:5:6:7:8]:9734"},
        {"[1111:2222:3333:4444:5555:6666:170.170.170.170]",
         "inet:[1111:2222:3333:4444:5555:6666:aaaa:aaaa]:9734"},
        {"::ffff:192.0.2.1", "inet:[::ffff:192.0.2.1]:9734"},
        {"*", "inet:*:9734"},
    };
    static const char *const refused[] = {
        "",
        "127.0.0",
        "127.0.0.256",
        "127.0.0.1.1",
        "127.1",
        "0x7f.0.0.1",
        "*.1",
        "[*]",
        "[127.0.0.1]",
        "[::1",
        "::1]",
        "[",
        "]",
        "[]",
        ":::",
        "1::2::3",
        "localhost.",
        "example.org",
        " ::1",
        "::1 ",
        "127.0.0.1:80",
        "[::1]:80",
        "[[::1]]",
        "12345::",
        "[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]",
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
        struct endpoint endpoint;
        const char *reason = endpoint_set_inet(&endpoint, examples[i].address, 9734, SOCK_STREAM);

        is_text(reason, NULL, "the address %s is taken", examples[i].address);
        is_text(printed(&endpoint), examples[i].printed, "%s is printed as %s", examples[i].address,
                examples[i].printed);
        is_number(endpoint_port(&endpoint), 9734, "%s has its port", examples[i].address);
        ok(!endpoint_is_unix(&endpoint) && endpoint_path(&endpoint) == NULL, "%s is no path",
           examples[i].address);
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        struct endpoint endpoint;

        is_text(endpoint_set_inet(&endpoint, refused[i], 1, SOCK_STREAM), NO_INET,
                "the address '%s' is refused", refused[i]);
    }
}

static void test_equality(void)
{
    struct endpoint a, b;

    endpoint_set_path(&a, "/x", SOCK_STREAM);
    endpoint_set_path(&b, "/x", SOCK_DGRAM);
    ok(endpoint_equal(&a, &b), "a path is one socket, whatever its type");
    endpoint_set_path(&b, "/xy", SOCK_STREAM);
    ok(!endpoint_equal(&a, &b), "a longer path is another");
    endpoint_set_path(&b, "@x", SOCK_STREAM);
    ok(!endpoint_equal(&a, &b), "an abstract name is not a path");
    endpoint_set_inet(&a, "127.0.0.1", 1, SOCK_STREAM);
    endpoint_set_inet(&b, "localhost", 1, SOCK_STREAM);
    ok(endpoint_equal(&a, &b), "localhost is 127.0.0.1");
    endpoint_set_port(&b, 2);
    ok(!endpoint_equal(&a, &b), "another port is another socket");
    endpoint_set_inet(&b, "127.0.0.1", 1, SOCK_DGRAM);
    ok(!endpoint_equal(&a, &b), "a port's datagrams are another socket than its streams");
    endpoint_set_inet(&b, "::1", 1, SOCK_STREAM);
    ok(!endpoint_equal(&a, &b), "the families' loopbacks differ");
    endpoint_set_inet(&a, "::", 1, SOCK_STREAM);
    endpoint_set_inet(&b, "*", 1, SOCK_STREAM);
    ok(!endpoint_equal(&a, &b), ":: has no IPv4 clients, and * has");
}

static void test_overlaps(void)
{
    static const char *const addresses[] = {"127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::", "*"};
    static const char expected[][7] = {"X X  X", " XX  X", "XXX  X", "   XXX", "   XXX", "XXXXXX"};
    struct endpoint a, b;

    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        for (size_t j = 0; j < sizeof(addresses) / sizeof(addresses[0]); j++) {
            endpoint_set_inet(&a, addresses[i], 1, SOCK_STREAM);
            endpoint_set_inet(&b, addresses[j], 1, SOCK_STREAM);
            is_number(endpoint_overlaps(&a, &b), expected[i][j] == 'X', "%s and %s", addresses[i],
                      addresses[j]);
        }
    }
    endpoint_set_port(&b, 2);
    ok(!endpoint_overlaps(&a, &b), "ports are apart");
    endpoint_set_port(&a, 0);
    endpoint_set_port(&b, 0);
    ok(!endpoint_overlaps(&a, &b), "port 0 is any two");
    endpoint_set_inet(&b, "*", 1, SOCK_DGRAM);
    endpoint_set_port(&a, 1);
    ok(!endpoint_overlaps(&a, &b), "streams and datagrams are apart");
    endpoint_set_path(&a, "/x", SOCK_STREAM);
    ok(!endpoint_overlaps(&a, &b), "the families are apart");
    endpoint_set_path(&b, "/x", SOCK_DGRAM);
    ok(endpoint_overlaps(&a, &b), "a path is for one socket, whatever its type");
}

static void test_ports(void)
{
    struct endpoint endpoint;

    for (int port = 0; port <= UINT16_MAX; port += 13107) {
        endpoint_set_inet(&endpoint, "::1", (uint16_t)port, SOCK_STREAM);
        is_number(endpoint_port(&endpoint), port, "port %d comes back from an IPv6 address", port);
    }
    endpoint_set_inet(&endpoint, "127.0.0.1", 1, SOCK_STREAM);
    endpoint_set_port(&endpoint, 65535);
    is_text(printed(&endpoint), "inet:127.0.0.1:65535", "a port can be set later");
}

/* Return what endpoint_print_peer() prints for the first LENGTH bytes of ADDRESS. */
static const char *peer(const union endpoint_address *address, socklen_t length)
{
    static char text[ENDPOINT_TEXT_SIZE];

    endpoint_print_peer(address, length, text);
    return text;
}

static void test_peers(void)
{
    const socklen_t unnamed = offsetof(struct sockaddr_un, sun_path);
    struct endpoint endpoint;
    char expected[ENDPOINT_TEXT_SIZE];

    endpoint_set_inet(&endpoint, "127.0.0.1", 4711, SOCK_STREAM);
    is_text(peer(&endpoint.address, endpoint.length), "127.0.0.1:4711", "an IPv4 peer");
    is_text(peer(&endpoint.address, 0), "a unix client",
            "no address at all is a unix client, whatever the buffer held");
    endpoint_set_inet(&endpoint, "::1", 4711, SOCK_STREAM);
    is_text(peer(&endpoint.address, endpoint.length), "[::1]:4711", "an IPv6 peer");
    endpoint_set_path(&endpoint, "/tmp/peer", SOCK_STREAM);
    is_text(peer(&endpoint.address, endpoint.length), "/tmp/peer", "a unix peer that has a path");
    is_text(peer(&endpoint.address, unnamed), "a unix client", "a unix peer without a name");
    endpoint_set_path(&endpoint, "@peer", SOCK_STREAM);
    is_text(peer(&endpoint.address, endpoint.length), "@peer", "a unix peer with an abstract name");

    /* unix(7): a path of 108 bytes has no zero byte at its end. */
    memset(endpoint.address.unix_domain.sun_path, 'p', PATH_107 + 1);
    memset(expected, 'p', PATH_107 + 1);
    expected[PATH_107 + 1] = '\0';
    is_text(peer(&endpoint.address, sizeof(endpoint.address.unix_domain)), expected,
            "a unix peer whose path fills all 108 bytes");
}

/* Whether a peer at ADDRESS and PORT may be the socket that is bound to ENDPOINT. */
static bool may_be(const struct endpoint *endpoint, const char *address, uint16_t port)
{
    struct endpoint peer;

    endpoint_set_inet(&peer, address, port, SOCK_DGRAM);
    return endpoint_is_peer(endpoint, &peer.address, peer.length);
}

static void test_own_peers(void)
{
    struct endpoint endpoint, other;

    endpoint_set_inet(&endpoint, "127.0.0.1", 4711, SOCK_DGRAM);
    ok(may_be(&endpoint, "127.0.0.1", 4711), "a peer at the address and port of a socket is it");
    ok(may_be(&endpoint, "::ffff:127.0.0.1", 4711), "as a socket of both families has it, too");
    ok(!may_be(&endpoint, "127.0.0.1", 4712), "one at another port is not");
    ok(!may_be(&endpoint, "127.0.0.9", 4711), "nor one at another address");
    ok(!endpoint_is_peer(&endpoint, &endpoint.address, 0), "nor one without an address");
    endpoint_set_inet(&endpoint, "0.0.0.0", 4711, SOCK_DGRAM);
    ok(may_be(&endpoint, "127.0.0.9", 4711), "one at the port of a socket on all addresses may be");
    endpoint_set_path(&endpoint, "/tmp/one", SOCK_DGRAM);
    endpoint_set_path(&other, "/tmp/two", SOCK_DGRAM);
    ok(endpoint_is_peer(&endpoint, &endpoint.address, endpoint.length), "a unix peer by its path");
    ok(!endpoint_is_peer(&endpoint, &other.address, other.length), "and not by another one");
    ok(!may_be(&endpoint, "127.0.0.1", 4711), "an inet peer is no unix socket");
}

int main(void)
{
    alarm(20); /* a wait that does not end fails the test */
    test_paths();
    test_abstract_names();
    test_inet_addresses();
    test_equality();
    test_overlaps();
    test_ports();
    test_peers();
    test_own_peers();
    return tap_end();
}
