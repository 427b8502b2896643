/*
 * Fuzz target: any two lists as `allow` and `deny`, and any clients. What decides for a client is
 * what a scan of both lists, bit by bit, finds: for an address the longest prefix, for a process
 * its user, then a group; deny at a tie.
 *
 * An input is a line of `allow`, one of `deny`, and clients of 17 bytes: what each is, and its
 * address, or the number of its user and of its groups. The first and the last address of each
 * network are clients as well, and the ones beside these.
 */
#include "server/worker/connection/access_table.h"

#include "common/config/words.h"
#include "tests/fuzz/fuzz.h"

enum { BITS = 128, MAPPED_BITS = 96, RULES_MAX = 512, CLIENT_SIZE = 17, GROUPS = 3 };

static struct {
    struct access_rule rules[RULES_MAX]; /* in the order of the lists, allow before deny */
    size_t count;
    struct access_rule all;
    struct access_table *table;
} self;

static bool bit_of(const struct in6_addr *address, unsigned int bit)
{
    return (address->s6_addr[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

static bool is_mapped(const struct in6_addr *address)
{
    for (unsigned int bit = 0; bit < MAPPED_BITS; bit++) {
        if (bit_of(address, bit) != (bit >= 80))
            return false;
    }
    return true;
}

/* Whether NETWORK has HOST. One of IPv6 has no address of IPv4, not even ::/0. */
static bool has(const struct source *network, const struct in6_addr *host)
{
    for (unsigned int bit = 0; bit < network->bits; bit++) {
        if (bit_of(&network->network, bit) != bit_of(host, bit))
            return false;
    }
    return network->bits >= MAPPED_BITS || !is_mapped(host);
}

static bool is_same(const struct access_rule *a, const struct access_rule *b)
{
    return a->verdict == b->verdict && a->source.kind == b->source.kind &&
           a->source.bits == b->source.bits && a->source.id == b->source.id &&
           memcmp(&a->source.network, &b->source.network, sizeof(a->source.network)) == 0;
}

static void ask_address(const struct in6_addr *host)
{
    union endpoint_address address;
    const struct access_rule *found, *best = &self.all;

    memset(&address, 0, sizeof(address));
    address.inet6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = *host};
    for (size_t i = 0; i < self.count; i++) {
        const struct access_rule *rule = &self.rules[i];

        if (rule->source.kind == SOURCE_INET && has(&rule->source, host) &&
            (best == &self.all || rule->source.bits >= best->source.bits))
            best = rule;
    }
    found = access_table_of_address(self.table, &address);
    must(is_same(found, best), "the rule that a scan finds decides");
    if (!is_mapped(host))
        return;
    memset(&address, 0, sizeof(address));
    address.inet4.sin_family = AF_INET;
    memcpy(&address.inet4.sin_addr, &host->s6_addr[12], sizeof(address.inet4.sin_addr));
    must(access_table_of_address(self.table, &address) == found, "the same for an IPv4 address");
}

/* The last rule for that user or group; NULL: there is none. */
static const struct access_rule *scan_identities(enum source_kind kind, uint32_t id)
{
    const struct access_rule *last = NULL;

    for (size_t i = 0; i < self.count; i++) {
        if (self.rules[i].source.kind == kind && self.rules[i].source.id == (int64_t)id)
            last = &self.rules[i];
    }
    return last;
}

static void must_be_same(const struct access_rule *found, const struct access_rule *expected)
{
    must((found == NULL) == (expected == NULL), "there is a rule where a scan finds one");
    must(found == NULL || is_same(found, expected), "the rule that a scan finds decides");
}

/* One group that is denied decides; else the last one that is allowed. */
static void ask_groups(const gid_t groups[GROUPS])
{
    const struct access_rule *expected = NULL;

    for (size_t i = 0; i < GROUPS; i++) {
        const struct access_rule *rule = scan_identities(SOURCE_GROUP, groups[i]);

        if (rule != NULL && (expected == NULL || expected->verdict != ACCESS_DENIED))
            expected = rule;
    }
    must_be_same(access_table_of_groups(self.table, groups, GROUPS), expected);
}

/* Ask for the address that is ADD, 1 or -1, away from HOST. */
static void ask_beside(struct in6_addr host, int add)
{
    int carry = add;

    for (size_t i = sizeof(host); i-- > 0 && carry != 0;) {
        int sum = host.s6_addr[i] + carry;

        host.s6_addr[i] = (uint8_t)sum;
        carry = sum < 0 ? -1 : sum > UINT8_MAX;
    }
    ask_address(&host);
}

static void ask_edges(const struct source *network)
{
    struct in6_addr last = network->network;

    for (unsigned int bit = network->bits; bit < BITS; bit++)
        last.s6_addr[bit / 8] |= (uint8_t)(0x80U >> bit % 8);
    ask_address(&network->network);
    ask_address(&last);
    ask_beside(network->network, -1);
    ask_beside(last, 1);
}

static void ask_all(void)
{
    for (size_t i = 0; i < self.count; i++) {
        const struct source *source = &self.rules[i].source;

        if (source->kind == SOURCE_INET)
            ask_edges(source);
        else if (source->kind == SOURCE_USER && source->id >= 0)
            must_be_same(access_table_of_user(self.table, (uid_t)source->id),
                         scan_identities(SOURCE_USER, (uint32_t)source->id));
    }
}

static void ask_client(struct input *input)
{
    uint8_t kind = take_byte(input);
    gid_t groups[GROUPS];
    struct in6_addr host;
    uid_t user;

    take(input, &host, sizeof(host));
    memcpy(&user, &host, sizeof(user));
    memcpy(groups, &host.s6_addr[sizeof(user)], sizeof(groups));
    if (kind % 4 == 0)
        must_be_same(access_table_of_user(self.table, user), scan_identities(SOURCE_USER, user));
    else if (kind % 4 == 1)
        ask_groups(groups);
    else if (kind % 4 == 2) { /* of IPv4 */
        memset(&host, 0, 10);
        memset(&host.s6_addr[10], UINT8_MAX, 2);
    }
    ask_address(&host);
}

/* Read the rules of TEXT as a configuration does: it refuses a list with a word that is none.
 * Returns whether it is a list. */
static bool read_rules(const char *text, enum access_verdict verdict)
{
    char **words = config_words(text);
    bool is_list = true;

    must(words != NULL, "there is memory");
    for (size_t i = 0; is_list && words[i] != NULL; i++) {
        struct access_rule rule = {.verdict = verdict};

        is_list = self.count < RULES_MAX && source_parse(words[i], &rule.source) == NULL;
        if (is_list && rule.source.kind == SOURCE_ALL)
            self.all = rule;
        else if (is_list)
            self.rules[self.count++] = rule;
    }
    free(words);
    return is_list;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {bytes, size};
    char *allow = take_text(&input, '\n'), *deny = take_text(&input, '\n');
    const struct pool_config config = {.allow = *allow == '\0' ? NULL : allow,
                                       .deny = *deny == '\0' ? NULL : deny};

    self.count = 0;
    self.all = (struct access_rule){.verdict = *allow == '\0' ? ACCESS_ALLOWED : ACCESS_UNNAMED};
    if (read_rules(allow, ACCESS_ALLOWED) && read_rules(deny, ACCESS_DENIED)) {
        must(access_table_create(&config, &self.table) == 0, "there is memory");
        must((self.table == NULL) == (config.allow == NULL && config.deny == NULL),
             "a table where there are lists");
        if (self.table != NULL) {
            ask_all();
            while (input.size >= CLIENT_SIZE)
                ask_client(&input);
        }
        access_table_destroy(self.table);
    }
    free(allow);
    free(deny);
    return 0;
}
