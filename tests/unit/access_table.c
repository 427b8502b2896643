/*
 * Unit tests of worker/connection/access_table: a binary search finds the rule that a scan of all
 * rules finds, on random lists and on those that are easily wrong.
 */
#include "server/worker/connection/access_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/words.h"
#include "tests/unit/address.h"
#include "tests/unit/tap.h"

enum { WORDS_SIZE = 1 << 19, MANY = 10000 };

static struct access_table *make(const char *allow, const char *deny)
{
    const struct pool_config config = {.mode = MODE_INET, .allow = allow, .deny = deny};
    struct access_table *table;

    return access_table_create(&config, &table) < 0 ? NULL : table;
}

/* Print the verdict of TABLE for a client with that address to TEXT: `allow 10.0.0.0/8`. */
static const char *decide(const struct access_table *table, const char *client)
{
    static const char *const verdicts[] = {"allow", "deny", "unnamed"};
    static char text[SOURCE_TEXT_SIZE + 16];
    union endpoint_address address = address_of(client);
    const struct access_rule *rule = access_table_of_address(table, &address);
    char source[SOURCE_TEXT_SIZE];

    source_print(&rule->source, source);
    snprintf(text, sizeof(text), "%s %s", verdicts[rule->verdict], source);
    return text;
}

static void test_examples(void)
{
    static const struct {
        const char *allow, *deny, *client, *decision;
    } examples[] = {
        {NULL, "10.0.0.0/8", "10.255.255.255", "deny 10.0.0.0/8"},
        {NULL, "10.0.0.0/8", "11.0.0.0", "allow all"},
        {NULL, "10.0.0.0/8", "9.255.255.255", "allow all"},
        {"10.0.0.0/8", NULL, "10.0.0.0", "allow 10.0.0.0/8"},
        {"10.0.0.0/8", NULL, "11.0.0.0", "unnamed all"},
        {"10.0.0.0/8", NULL, "::1", "unnamed all"},
        {"10.0.0.0/8", NULL, "::ffff:10.1.1.1", "allow 10.0.0.0/8"},
        {"::ffff:10.0.0.0/104", NULL, "10.1.1.1", "allow 10.0.0.0/8"},
        /* the longest prefix, in whatever list and at whatever place */
        {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "deny 10.1.0.0/16"},
        {"10.0.0.0/8", "10.1.0.0/16", "10.2.0.0", "allow 10.0.0.0/8"},
        {"10.1.0.0/16", "10.0.0.0/8", "10.1.2.3", "allow 10.1.0.0/16"},
        {"10.1.2.3 10.0.0.0/8", "10.1.0.0/16 all", "10.1.2.3", "allow 10.1.2.3"},
        {"10.1.2.3 10.0.0.0/8", "10.1.0.0/16 all", "10.1.2.4", "deny 10.1.0.0/16"},
        {"10.1.2.3 10.0.0.0/8", "10.1.0.0/16 all", "10.3.0.0", "allow 10.0.0.0/8"},
        {"10.1.2.3 10.0.0.0/8", "10.1.0.0/16 all", "12.0.0.0", "deny all"},
        /* two that end together */
        {"10.0.0.0/8", "10.128.0.0/9 10.255.255.255", "10.255.255.255", "deny 10.255.255.255"},
        {"10.0.0.0/8", "10.128.0.0/9 10.255.255.255", "11.0.0.0", "unnamed all"},
        {"255.0.0.0/8", "255.255.255.255", "255.255.255.255", "deny 255.255.255.255"},
        {"255.0.0.0/8", "255.255.255.255", "::1:0:0:0", "unnamed all"},
        {"ff00::/8", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "deny ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        /* a tie */
        {"10.0.0.0/8", "10.0.0.0/8", "10.0.0.1", "deny 10.0.0.0/8"},
        {"all", "all", "10.0.0.1", "deny all"},
        {NULL, "all", "::1", "deny all"},
        /* twice the same, and one within the other */
        {"10.0.0.0/8 10.0.0.0/8 10.0.0.0/9", NULL, "10.0.0.1", "allow 10.0.0.0/9"},
        {"10.0.0.0/8 10.0.0.0/8 10.0.0.0/9", NULL, "10.200.0.1", "allow 10.0.0.0/8"},
        /* every address of one family, and none of the other */
        {"0.0.0.0/0", NULL, "1.2.3.4", "allow 0.0.0.0/0"},
        {"0.0.0.0/0", NULL, "::1", "unnamed all"},
        {"::/0", NULL, "1.2.3.4", "unnamed all"},
        {"::/0", NULL, "::1", "allow ::/0"},
        {"::/0", NULL, "ffff::", "allow ::/0"},
        {NULL, "::/0", "1.2.3.4", "allow all"},
        {"::/0 1.0.0.0/8", NULL, "1.2.3.4", "allow 1.0.0.0/8"},
        /* a user has no address */
        {"user:0", NULL, "1.2.3.4", "unnamed all"},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct access_table *table = make(examples[i].allow, examples[i].deny);

        is_text(decide(table, examples[i].client), examples[i].decision, "allow %s, deny %s: %s",
                examples[i].allow == NULL ? "all" : examples[i].allow,
                examples[i].deny == NULL ? "none" : examples[i].deny, examples[i].client);
        access_table_destroy(table);
    }
    ok(make(NULL, NULL) == NULL, "a pool without rules has no table");
    access_table_destroy(NULL);
}

static void test_processes(void)
{
    struct access_table *table = make("user:7 group:8 group:20", "group:9 user:6 user:7 all");
    const gid_t plain[] = {8, 20}, mixed[] = {8, 9, 20}, other[] = {1, 2};

    ok(access_table_of_user(table, 6)->verdict == ACCESS_DENIED, "a user that is denied");
    ok(access_table_of_user(table, 7)->verdict == ACCESS_DENIED, "deny wins at a tie");
    ok(access_table_of_user(table, 8) == NULL, "a group is no user");
    ok(access_table_of_groups(table, plain, 2)->verdict == ACCESS_ALLOWED, "allowed groups");
    ok(access_table_of_groups(table, mixed, 3)->verdict == ACCESS_DENIED, "one denied group");
    ok(access_table_of_groups(table, other, 2) == NULL, "other groups");
    ok(access_table_of_groups(table, other, 0) == NULL, "no groups");
    ok(access_table_of_all(table)->verdict == ACCESS_DENIED, "all others");
    ok(access_table_has_users(table) && access_table_has_groups(table), "both are asked");
    access_table_destroy(table);
    table = make("user:7", NULL);
    ok(access_table_has_users(table) && !access_table_has_groups(table), "users alone");
    access_table_destroy(table);
    table = make(NULL, "10.0.0.0/8");
    ok(!access_table_has_users(table), "neither");
    access_table_destroy(table);
}

/* Return a random number below BOUND. */
static unsigned int draw(unsigned int bound)
{
    return (unsigned int)random() % bound;
}

/* Write a random address to TEXT: from few values a byte, so that networks are within others. */
static void draw_address(char text[INET6_ADDRSTRLEN], bool is_ipv4)
{
    static const unsigned char values[] = {0, 1, 10, 127, 128, 254, 255};
    struct in6_addr address = {.s6_addr = {0}};

    for (size_t i = 0; i < sizeof(address); i++) {
        if (is_ipv4 || i < 4 || i > 11)
            address.s6_addr[i] = values[draw(sizeof(values))];
    }
    inet_ntop(is_ipv4 ? AF_INET : AF_INET6, &address, text, INET6_ADDRSTRLEN);
}

/* Append a random network to WORDS. */
static void append_network(char *words)
{
    char address[INET6_ADDRSTRLEN], word[SOURCE_TEXT_SIZE + 8], network[SOURCE_TEXT_SIZE];
    bool is_ipv4 = draw(3) > 0;
    struct source source;

    draw_address(address, is_ipv4);
    snprintf(word, sizeof(word), "%s/%u", address, draw(is_ipv4 ? 33 : 129));
    source_parse(word, &source); /* without its host bits */
    source_print(&source, network);
    sprintf(words + strlen(words), "%s%s", *words == '\0' ? "" : " ", network);
}

/* Have *BEST be the rule of the longest prefix in TEXT that has ADDRESS. A later one wins at a
 * tie. */
static void scan(const char *text, enum access_verdict verdict,
                 const union endpoint_address *address, struct access_rule *best)
{
    char **words = config_words(text);
    struct source source;

    for (size_t i = 0; words[i] != NULL; i++) {
        source_parse(words[i], &source);
        if (source_has_address(&source, address) && source.bits >= best->source.bits)
            *best = (struct access_rule){source, verdict};
    }
    free(words);
}

/* Compare TABLE, of these lists, with a scan, for that client. */
static bool agree(const struct access_table *table, const char *allow, const char *deny,
                  const char *client)
{
    union endpoint_address address = address_of(client);
    const struct access_rule *found = access_table_of_address(table, &address);
    struct access_rule best = {.verdict = ACCESS_UNNAMED};
    bool same;

    scan(allow, ACCESS_ALLOWED, &address, &best);
    scan(deny, ACCESS_DENIED, &address, &best);
    same = found->verdict == best.verdict && found->source.bits == best.source.bits &&
           memcmp(&found->source.network, &best.source.network, sizeof(best.source.network)) == 0;
    if (!same)
        printf("# %s: allow %.900s, deny %.900s\n", client, allow, deny);
    return same;
}

static void test_random(void)
{
    static char allow[WORDS_SIZE], deny[WORDS_SIZE];
    unsigned int seed = 1, agreed = 0, asked = 0;
    char client[INET6_ADDRSTRLEN];

    for (unsigned int list = 0; list < 400; list++) {
        struct access_table *table;

        srandom(seed + list);
        allow[0] = deny[0] = '\0';
        for (unsigned int i = draw(24) + 1; i > 0; i--)
            append_network(draw(2) == 0 ? allow : deny);
        append_network(allow);
        append_network(deny);
        table = make(allow, deny);
        for (unsigned int i = 0; i < 100; i++, asked++) {
            draw_address(client, draw(3) > 0);
            agreed += agree(table, allow, deny, client);
        }
        access_table_destroy(table);
    }
    ok(agreed == asked, "%u of %u clients on random lists find the rule of a scan", agreed, asked);
}

static void test_many(void)
{
    static char allow[WORDS_SIZE], deny[WORDS_SIZE];
    struct access_table *table;
    char *end = allow, client[INET6_ADDRSTRLEN];
    unsigned int agreed = 0;

    for (unsigned int i = 0; i < MANY; i++)
        end += sprintf(end, "%s%u.%u.%u.0/24", i == 0 ? "" : " ", 11 + i / 65536, i / 256 % 256,
                       i % 256);
    strcpy(deny, "11.0.0.0/16 11.9.9.9");
    table = make(allow, deny);
    for (unsigned int i = 0; i < 100; i++) {
        snprintf(client, sizeof(client), "11.%u.%u.%u", draw(60), draw(256), draw(256));
        agreed += agree(table, allow, deny, client);
    }
    ok(agreed == 100, "%u of 100 clients find the rule of a scan among %d networks", agreed, MANY);
    is_text(decide(table, "11.9.9.9"), "deny 11.9.9.9", "one address is denied among them");
    access_table_destroy(table);
}

int main(void)
{
    test_examples();
    test_processes();
    test_random();
    test_many();
    return tap_end();
}
