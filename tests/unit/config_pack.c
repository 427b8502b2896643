/*
 * Unit tests of common/config/pack: what one process has read is the same configuration in another.
 */
#include "common/config/pack.h"
#include "tests/unit/config.h"

static char *dump(const struct config *config)
{
    char *text = NULL, place[64];
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    config_dump(config, out);
    for (size_t i = 0; i < config->pool_count; i++) {
        config_print_place(config, i, place, sizeof(place));
        fprintf(out, "%s at %s\n", config->pools[i].name, place);
    }
    fclose(out);
    return text;
}

/* Tests look no user up. */
static void set_groups(struct pool_config *pool)
{
    static const gid_t groups[] = {7, 9};

    pool->groups = malloc(sizeof(groups));
    if (pool->groups == NULL)
        abort();
    memcpy(pool->groups, groups, sizeof(groups));
    pool->group_count = 2;
}

/* Return the packed configuration of TEXT, and its *SIZE; with the *DUMP of the original, which is
 * gone. */
static void *pack(const char *text, size_t *size, char **first)
{
    struct config *config;
    char *errors;
    void *block;

    write_file(text, strlen(text));
    config = load(OVERRIDES("a.backlog=7"), &errors);
    ok(config != NULL, "a good configuration is read");
    if (config == NULL)
        abort();
    set_groups(&config->pools[2]);
    *first = dump(config);
    block = config_pack(config, size);
    if (block == NULL)
        abort();
    config_free(config);
    return block;
}

static void test_pack(void)
{
    static const char text[] =
        "mode = unix\npid_file = /p\nlog = 'a \"log\"'\nstop_timeout = none\n"
        "[pool a]\npath = a\nservice = echo\nworkers = 5..300\n"
        "[pool b]\npath = @b\nsocket_owner = daemon\nidle_timeout = 36h\n"
        "[pool c]\nmode = inet\nport = 0\naddress = ::1\n";
    char *first, *second;
    struct config *config;
    size_t size = 0;
    void *block = pack(text, &size, &first), *copy = malloc(size);

    if (copy == NULL)
        abort();
    memcpy(copy, block, size);
    memset(block, 0x55, size); /* nothing may point there */
    free(block);
    config = config_unpack(copy, size);
    ok(config != NULL, "what was packed is unpacked, at another address");
    if (config == NULL)
        abort();
    second = dump(config);
    is_text(second, first, "it has the same values, from the same places");
    ok(config_pool(config, "c") == &config->pools[2], "its pools have their names");
    ok(endpoint_port(&config->pools[2].endpoint) == 0, "and their endpoints");
    ok(config->pools[2].group_count == 2 && config->pools[2].groups[1] == 9,
       "and the groups of their users");
    config_free(config);
    free(first);
    free(second);
}

static void test_no_block(void)
{
    char nothing[16] = "";

    ok(config_unpack(nothing, 0) == NULL, "nothing is no configuration");
    ok(config_unpack(nothing, sizeof(nothing)) == NULL, "nor is a part of one");
}

int main(void)
{
    char directory[] = "/tmp/preforkd-unit-XXXXXX";

    enter_directory(directory);
    test_pack();
    test_no_block();
    return leave_directory(directory);
}
