/*
 * Unit tests of client/web/host: what a Host header names, and which names a master is shown under.
 */
#include "client/web/host.h"

#include <stdlib.h>

#include "tests/unit/tap.h"

/* Parse LENGTH bytes of TEXT, in memory of that size. Returns whether they are a host; its name is
 * put in NAME. */
static bool parse(const char *text, size_t length, struct host *host, char name[64])
{
    char *bytes = malloc(length + (length == 0));
    bool parsed;

    if (bytes == NULL)
        abort();
    memcpy(bytes, text, length);
    parsed = host_parse(bytes, length, host);
    if (parsed)
        snprintf(name, 64, "%.*s", (int)host->length, host->name);
    free(bytes);
    return parsed;
}

static void check(const char *text, const char *name, bool is_address)
{
    struct host host;
    char got[64] = "";

    ok(parse(text, strlen(text), &host, got) && host.is_address == is_address, "%s is %s", text,
       is_address ? "an address" : "a name");
    is_text(got, name, "the name in %s", text);
}

static void test_parse(void)
{
    static const char *const malformed[] = {
        "",
        ":80",
        "a b",
        "a:b",
        "a:80:80",
        "a:-1",
        "a@b",
        "a/b",
        "[::1",
        "::1",
        "[]",
        "[a]",
        "[::1]a",
        "[1.2.3.4]",
        "[::1]:x",
        "[::1%1]",
        "a%2eb",
        "\xc3\xa4",
        "a\tb",
        "[[::1]]",
        "http://a",
        "a,[::1]",
        "[::ffff:1.2.3]",
    };
    struct host host;
    char name[64];

    check("wall.example", "wall.example", false);
    check("Wall_1.example.:8080", "Wall_1.example", false);
    check("a:", "a", false);
    check("127.0.0.1", "127.0.0.1", true);
    check("127.0.0.1.:80", "127.0.0.1", true);
    check("[::1]", "::1", true);
    check("[::ffff:127.0.0.1]:65536", "::ffff:127.0.0.1", true);
    check("127.1", "127.1", false);
    check("1.2.3.4.5", "1.2.3.4.5", false);
    check("1.2.3.256", "1.2.3.256", false);
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
        ok(!parse(malformed[i], strlen(malformed[i]), &host, name), "malformed: '%s'",
           malformed[i]);
    ok(!parse("127.0.0.1\0a", 11, &host, name) && !parse("[::1\0]", 6, &host, name),
       "a byte 0 ends no address");
}

static bool is_served(const char *text, const char *names)
{
    struct host host;

    return host_parse(text, strlen(text), &host) && host_is_served(&host, names);
}

static void test_served(void)
{
    static const struct host none = {0};
    static const char names[] = "wall.example,.Example.org,b";

    ok(is_served("10.1.2.3:80", NULL) && is_served("[fe80::1]", NULL) &&
           is_served("1.2.3.4", names),
       "an address always is");
    ok(is_served("LocalHost:1", NULL) && is_served("a.localhost.", NULL) &&
           is_served("localhost", names),
       "and localhost, and what is below it");
    ok(host_is_served(&none, NULL) && host_is_served(&none, names), "and a request without a host");
    ok(!is_served("a.example", NULL) && !is_served("notlocalhost", NULL) &&
           !is_served("localhost.example", NULL) && !is_served("127.0.0.1.example", NULL) &&
           !is_served(".", NULL),
       "no other name is");
    ok(is_served("WALL.example.:80", names) && is_served("b", names),
       "nor another than those given");
    ok(!is_served("a.wall.example", names) && !is_served("wall.example.com", names) &&
           !is_served("all.example", names) && !is_served("bb", names),
       "a name is that alone");
    ok(is_served("example.org", names) && is_served("a.b.EXAMPLE.org", names) &&
           !is_served("anexample.org", names),
       "with a dot in front, it and all below it");
    ok(is_served("a.example", "b,*"), "* is any");
}

static void test_names(void)
{
    static const char *const good[] = {"a",        "a,b", ".a.b-c_d.e", "*", "xn--4ca.example",
                                       "127.0.0.1"};
    static const char *const bad[] = {
        "",    ",",  "a,",  ",a", "a:80",  "http://a", "a b",
        "*.a", "a.", "..a", ".",  "[::1]", "\xc3\xa4",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        ok(host_check_names(good[i]) == NULL, "a list of names: '%s'", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ok(host_check_names(bad[i]) != NULL, "none: '%s'", bad[i]);
}

int main(void)
{
    test_parse();
    test_served();
    test_names();
    return tap_end();
}
