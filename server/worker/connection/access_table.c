/*
 * access_table: see access_table.h.
 */
#include "server/worker/connection/access_table.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/words.h"
#include "server/worker/connection/networks.h"

enum { MAPPED_BITS = 96, RULE_OF_ALL = 0 };

/* A user or a group, and its rule. */
struct identity {
    uint32_t kind, id; /* enum source_kind */
    uint32_t rule;
};

struct access_table {
    struct access_rule *rules; /* that of `all`, then as they are written, allow before deny */
    size_t rule_count;
    struct networks networks;
    struct identity *identities; /* by kind, number and rule */
    size_t identity_count;
    bool has_groups;
};

static size_t count_words(char *const *words)
{
    size_t count = 0;

    while (words[count] != NULL)
        count++;
    return count;
}

/* Append the rules of TEXT, the words of a key; NULL: there are none. Returns 0, or -1 with
 * errno. */
static int add_rules(struct access_table *table, const char *text, enum access_verdict verdict)
{
    char **words = text == NULL ? NULL : config_words(text);
    struct access_rule *rules = NULL;

    if (text == NULL)
        return 0;
    if (words != NULL)
        rules = reallocarray(table->rules, table->rule_count + count_words(words), sizeof(*rules));
    if (rules == NULL) {
        free(words);
        return -1;
    }
    table->rules = rules;
    for (size_t i = 0; words[i] != NULL; i++) {
        struct access_rule *rule = &rules[table->rule_count];

        *rule = (struct access_rule){.verdict = verdict};
        if (source_parse(words[i], &rule->source) != NULL)
            continue; /* the configuration has refused that */
        if (rule->source.kind == SOURCE_ALL)
            rules[RULE_OF_ALL] = *rule;
        else
            table->rule_count++;
    }
    free(words);
    return 0;
}

/* Read the rules of CONFIG. Deny comes last, and so wins where two rules are equal. */
static int read_rules(struct access_table *table, const struct pool_config *config)
{
    table->rules = reallocarray(NULL, 1, sizeof(*table->rules));
    if (table->rules == NULL)
        return -1;
    table->rule_count = 1;
    table->rules[RULE_OF_ALL] =
        (struct access_rule){.verdict = config->allow == NULL ? ACCESS_ALLOWED : ACCESS_UNNAMED};
    return add_rules(table, config->allow, ACCESS_ALLOWED) < 0
               ? -1
               : add_rules(table, config->deny, ACCESS_DENIED);
}

/* Sort the networks of the rules. There are two more, to which the rule of `all` applies: every
 * address, and every address of IPv4, for which no network of IPv6 is meant. */
static int sort_networks(struct access_table *table)
{
    struct network *list = calloc(table->rule_count + 1, sizeof(*list));
    size_t count = 2;
    int result;

    if (list == NULL)
        return -1;
    list[1].address.s6_addr[10] = list[1].address.s6_addr[11] = 0xff;
    list[1].bits = MAPPED_BITS;
    for (size_t i = 1; i < table->rule_count; i++) {
        const struct source *source = &table->rules[i].source;

        if (source->kind == SOURCE_INET)
            list[count++] = (struct network){source->network, source->bits, (uint32_t)i};
    }
    result = networks_make(&table->networks, list, count);
    free(list);
    return result;
}

static int compare_identities(const void *a, const void *b)
{
    const struct identity *first = a, *second = b;

    if (first->kind != second->kind)
        return first->kind < second->kind ? -1 : 1;
    if (first->id != second->id)
        return first->id < second->id ? -1 : 1;
    return (first->rule > second->rule) - (first->rule < second->rule);
}

static int sort_identities(struct access_table *table)
{
    table->identities = calloc(table->rule_count, sizeof(*table->identities));
    if (table->identities == NULL)
        return -1;
    for (size_t i = 1; i < table->rule_count; i++) {
        const struct source *source = &table->rules[i].source;

        if (source->kind == SOURCE_INET || source->id < 0)
            continue;
        table->identities[table->identity_count++] =
            (struct identity){source->kind, (uint32_t)source->id, (uint32_t)i};
        table->has_groups |= source->kind == SOURCE_GROUP;
    }
    qsort(table->identities, table->identity_count, sizeof(*table->identities), compare_identities);
    return 0;
}

int access_table_create(const struct pool_config *config, struct access_table **table)
{
    struct access_table *made;

    *table = NULL;
    if (config->allow == NULL && config->deny == NULL)
        return 0;
    made = calloc(1, sizeof(*made));
    if (made == NULL)
        return -1;
    if (read_rules(made, config) < 0 || sort_networks(made) < 0 || sort_identities(made) < 0) {
        access_table_destroy(made);
        errno = ENOMEM;
        return -1;
    }
    *table = made;
    return 0;
}

void access_table_destroy(struct access_table *table)
{
    if (table == NULL)
        return;
    free(table->rules);
    free(table->networks.ranges);
    free(table->identities);
    free(table);
}

const struct access_rule *access_table_of_all(const struct access_table *table)
{
    return &table->rules[RULE_OF_ALL];
}

const struct access_rule *access_table_of_address(const struct access_table *table,
                                                  const union endpoint_address *address)
{
    struct in6_addr host;

    if (!source_host(address, &host))
        return access_table_of_all(table);
    return &table->rules[networks_find(&table->networks, &host)];
}

bool access_table_has_users(const struct access_table *table)
{
    return table->identity_count > 0;
}

bool access_table_has_groups(const struct access_table *table)
{
    return table->has_groups;
}

/* Return the last rule, by its number, for a user or a group; NULL: there is none. */
static const struct access_rule *find_identity(const struct access_table *table,
                                               enum source_kind kind, uint32_t id)
{
    const struct identity wanted = {kind, id, UINT32_MAX};
    size_t low = 0, high = table->identity_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_identities(&table->identities[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || table->identities[low - 1].kind != kind || table->identities[low - 1].id != id)
        return NULL;
    return &table->rules[table->identities[low - 1].rule];
}

const struct access_rule *access_table_of_user(const struct access_table *table, uid_t uid)
{
    return find_identity(table, SOURCE_USER, uid);
}

const struct access_rule *access_table_of_groups(const struct access_table *table,
                                                 const gid_t *groups, size_t count)
{
    const struct access_rule *found = NULL;

    for (size_t i = 0; i < count && (found == NULL || found->verdict != ACCESS_DENIED); i++) {
        const struct access_rule *rule = find_identity(table, SOURCE_GROUP, groups[i]);

        if (rule != NULL)
            found = rule;
    }
    return found;
}
