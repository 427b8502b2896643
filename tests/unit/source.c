/*
 * Unit tests of common/source: what a list of sources says, and who is meant by it.
 */
#include "common/source.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/unit/tap.h"

static void test_words(void)
{
    static const struct {
        const char *word, *reason;
    } words[] = {
        {"all", NULL},
        {"127.0.0.1", NULL},
        {"10.0.0.0/8", NULL},
        {"0.0.0.0/0", NULL},
        {"10.1.2.3/32", NULL},
        {"::1", NULL},
        {"::/0", NULL},
        {"2001:db8::/33", NULL},
        {"user:root", NULL},
        {"user:0", NULL},
        {"group:www-data", NULL},
        {"user:", "has no name"},
        {"10.0.0.1/8", "has bits behind its prefix"},
        {"10.128.0.0/8", "has bits behind its prefix"},
        {"2001:db8::1/64", "has bits behind its prefix"},
        {"10.0.0.0/33", "has a prefix that is not 0 to 32"},
        {"10.0.0.0/", "has a prefix that is not 0 to 32"},
        {"10.0.0.0/x", "has a prefix that is not 0 to 32"},
        {"10.0.0.0/-1", "has a prefix that is not 0 to 32"},
        {"::1/129", "has a prefix that is not 0 to 128"},
        {"10.0.0", "is not an address, a network such as 10.0.0.0/8, user:NAME, group:NAME or all"},
        {"ALL", "is not an address, a network such as 10.0.0.0/8, user:NAME, group:NAME or all"},
        {"", "is not an address, a network such as 10.0.0.0/8, user:NAME, group:NAME or all"},
        {"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", "is too long for an address"},
    };
    struct source source;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        is_text(source_parse(words[i].word, &source), words[i].reason, "%s", words[i].word);
}

static bool has(const char *word, const char *address)
{
    union endpoint_address peer = {.any.sa_family = AF_INET};
    struct source source;

    if (source_parse(word, &source) != NULL)
        return false;
    if (inet_pton(AF_INET, address, &peer.inet4.sin_addr) != 1) {
        peer.any.sa_family = AF_INET6;
        inet_pton(AF_INET6, address, &peer.inet6.sin6_addr);
    }
    return source_has_address(&source, &peer);
}

static void test_addresses(void)
{
    static const struct {
        const char *word, *address;
        bool has;
    } examples[] = {
        {"all", "1.2.3.4", true},
        {"all", "::1", true},
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "::ffff:127.0.0.1", true},
        {"127.0.0.1", "127.0.0.2", false},
        {"127.0.0.1", "::1", false},
        {"10.0.0.0/8", "10.255.255.255", true},
        {"10.0.0.0/8", "11.0.0.0", false},
        {"10.128.0.0/9", "10.128.0.0", true},
        {"10.128.0.0/9", "10.127.255.255", false},
        {"0.0.0.0/0", "255.255.255.255", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "::1", true},
        {"::/0", "1.2.3.4", false},
        {"::/0", "::ffff:1.2.3.4", false},
        {"::ffff:1.2.3.0/120", "1.2.3.4", true},
        {"::1", "::1", true},
        {"::1", "::2", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"user:0", "127.0.0.1", false},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
        ok(has(examples[i].word, examples[i].address) == examples[i].has, "%s, %s",
           examples[i].word, examples[i].address);
}

static void test_processes(void)
{
    struct source source;

    source_parse("user:7", &source);
    ok(source_has_process(&source, 7, 1), "user 7");
    ok(!source_has_process(&source, 1, 7), "group 7 is not user 7");
    source_parse("group:7", &source);
    ok(source_has_process(&source, 1, 7) && !source_has_process(&source, 7, 1), "group 7");
    source_parse("all", &source);
    ok(source_has_process(&source, 7, 7), "all");
    source_parse("::/0", &source);
    ok(!source_has_process(&source, 7, 7), "a network has no processes");
    source_parse("user:root", &source);
    ok(!source_has_process(&source, (uid_t)-1, 0), "a name that was not looked up is nobody's");
    is_text(source_name("user:root"), "root", "the name of a user");
    is_text(source_name("group:x"), "x", "the name of a group");
    is_text(source_name("10.0.0.1"), NULL, "an address has no name");
}

static void test_texts(void)
{
    static const struct {
        const char *word, *text;
    } texts[] = {
        {"all", "all"},
        {"127.0.0.1", "127.0.0.1"},
        {"127.0.0.1/32", "127.0.0.1"},
        {"10.0.0.0/8", "10.0.0.0/8"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"::/0", "::/0"},
        {"::1", "::1"},
        {"2001:db8::/33", "2001:db8::/33"},
        {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
        {"user:7", "user:7"},
        {"group:4294967294", "group:4294967294"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127"},
    };
    char text[SOURCE_TEXT_SIZE];
    struct source source;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        source_parse(texts[i].word, &source);
        source_print(&source, text);
        is_text(text, texts[i].text, "%s is printed", texts[i].word);
    }
}

int main(void)
{
    test_texts();
    test_words();
    test_addresses();
    test_processes();
    return tap_end();
}
