/*
 * Unit tests of common/config: defaults, inheritance, quotes, overrides, and a dump that is read
 * back as the same configuration.
 */
#include "tests/unit/config.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"

/* Return the configuration of TEXT with OVERRIDES; without it the program ends. */
static struct config *get_with(const char *text, const char *const *overrides)
{
    struct config *config;
    char *errors;

    write_file(text, strlen(text));
    config = load(overrides, &errors);
    if (config == NULL) {
        ok(false, "a good configuration is read");
        tap_comment("", errors);
        exit(1);
    }
    return config;
}

static struct config *get(const char *text)
{
    return get_with(text, NULL);
}

static void test_defaults(void)
{
    struct config *config = get("mode = inet\nport = 9734\n");
    const struct pool_config *pool = config_pool(config, "main");

    is_number(config->pool_count, 1, "a file without sections is one pool");
    ok(pool != NULL, "named main");
    ok(config_pool(config, "other") == NULL, "and no other");
    is_number(config->stop_timeout_ns, 25 * NS_PER_S, "stop_timeout is 25s");
    is_text(config->name, "t", "the name is that of the file, without .conf");
    is_text(config->pid_file, NULL, "pid_file is none");
    is_text(config->log, NULL, "log is stderr");
    is_number(config->log_level, LOG_NOTICE, "log_level is notice");
    is_number(pool->type, SOCK_STREAM, "type is stream");
    is_text(pool->address, "127.0.0.1", "address is 127.0.0.1");
    is_number(pool->port, 9734, "the port is as set");
    is_number(endpoint_port(&pool->endpoint), 9734, "so is the endpoint's");
    is_number(pool->socket_permissions, 0666, "socket_permissions is 0666");
    is_text(pool->socket_owner, NULL, "socket_owner is none");
    is_number(pool->backlog, 511, "backlog is 511");
    is_number(pool->defer_accept_ns, DEFER_ACCEPT_AUTO, "defer_accept is auto");
    is_number(pool->linger_ns, 0, "linger is 0s");
    is_text(pool->service, "increment", "service is increment");
    is_number(pool->requests_per_connection, 1, "increment answers 1 request");
    is_number(pool->workers.max, 16, "workers is 16");
    is_number(pool->max_connection_time_ns, NUMBER_UNLIMITED, "max_connection_time is none");
    is_number(pool->idle_timeout_ns, 60 * NS_PER_S, "idle_timeout is 60s");
    config_free(config);
    config = get(UNIX "service = echo\n");
    is_number(config->pools[0].requests_per_connection, NUMBER_UNLIMITED,
              "echo answers requests without limit");
    config_free(config);
}

static void test_inheritance(void)
{
    struct config *config = get("mode = unix\nidle_timeout = 5s\nmax_connection_time = 1m\n"
                                "workers = 3\nrequests_per_connection = 7\nsocket_owner = daemon\n"
                                "[pool a]\npath = a\nworkers = 4\nmax_connection_time = none\n"
                                "requests_per_connection = unlimited\nsocket_owner = none\n"
                                "[pool b]\npath = @b\nidle_timeout = none\n");
    const struct pool_config *a = config_pool(config, "a"), *b = config_pool(config, "b");
    char directory[2048] = "", expected[4096];

    is_number(config->pool_count, 2, "each section is a pool");
    is_number(a->workers.min, 4, "a pool's own value wins");
    is_number(b->workers.min, 3, "without one it has the value from before the sections");
    is_number(a->idle_timeout_ns, 5 * NS_PER_S, "durations are inherited");
    is_number(b->idle_timeout_ns, NUMBER_UNLIMITED, "none cancels an inherited duration");
    is_number(a->max_connection_time_ns, NUMBER_UNLIMITED, "for any such key");
    is_number(b->max_connection_time_ns, 60 * NS_PER_S, "and for its own pool alone");
    is_number(a->requests_per_connection, NUMBER_UNLIMITED, "unlimited cancels a number");
    is_number(b->requests_per_connection, 7, "for its own pool alone");
    is_text(a->socket_owner, NULL, "none cancels an inherited name");
    is_text(b->socket_owner, "daemon", "for its own pool alone");
    ok(getcwd(directory, sizeof(directory)) != NULL, "there is a working directory");
    snprintf(expected, sizeof(expected), "%s/a", directory);
    is_text(a->path, expected, "a relative path becomes absolute");
    is_text(b->path, "@b", "an abstract name stays as it is");
    config_free(config);
}

static void test_quotes(void)
{
    struct config *config = get("mode = 'unix'\npath = \"/a \\\"b\\\" \\\\ # c\" # d\n"
                                "log = '/e \"f\" \\g '\npid_file = /h'i j'k#l\n"
                                "socket_owner = '\"m\" n'\n");

    is_number(config->pools[0].mode, MODE_UNIX, "a word may stand in quotes");
    is_text(config->pools[0].path, "/a \"b\" \\ # c", "double quotes know backslashes");
    is_text(config->log, "/e \"f\" \\g ", "single quotes keep everything");
    is_text(config->pid_file, "/h'i j'k#l", "quotes within a value stay");
    is_text(config->pools[0].socket_owner, "\"m\" n", "so do those of the other kind");
    config_free(config);
}

static void test_overrides(void)
{
    struct config *config =
        get_with(UNIX "workers = 2\n[pool a]\nworkers = 3\n[pool b]\npath = /b\n",
                 OVERRIDES("workers=5", "b.workers = 6", "log_level=debug", "log_level=error",
                           "b.path=/c # not this"));

    is_number(config->pools[0].workers.min, 5, "an override reaches every pool");
    is_number(config->pools[1].workers.min, 6, "one with a pool's name only that pool");
    is_number(config->log_level, LOG_ERROR, "the later one wins");
    is_text(config->pools[1].path, "/c", "an override is read as a line of the file is");
    config_free(config);
    config = get_with(UNIX, OVERRIDES("main.workers=7"));
    is_number(config->pools[0].workers.min, 7, "a file without sections has the pool main");
    config_free(config);
    config =
        get_with("port = 1\n[pool a]\n" UNIX "[pool b]\n" UNIX, OVERRIDES("mode=inet", "a.port=2"));
    is_number(config->pools[0].port, 2, "an override may change the mode and the address");
    config_free(config);
}

/* Return what config_dump() prints for CONFIG; if BARE, without the places. */
static char *dump(const struct config *config, bool bare)
{
    char *text = NULL, *to;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    config_dump(config, out);
    fclose(out);
    to = text;
    for (char *line = text, *next; bare && *line != '\0'; line = next) {
        char *end = strchr(line, '\n'), *at;

        next = end + 1;
        for (at = end; at > line && strncmp(at, "  # ", 4) != 0; at--)
            ;
        size = (size_t)((at > line ? at : end) - line);
        memmove(to, line, size);
        to += size;
        *to++ = '\n';
    }
    if (bare)
        *to = '\0';
    return text;
}

static void test_dump(void)
{
    struct config *config = get_with("log_level = info\nmode = unix\npath = @s\n"
                                     "[pool a]\nworkers = 2\nidle_timeout = 90s\n",
                                     OVERRIDES("backlog=5"));
    char *text = dump(config, false);

    is_text(text,
            "name = t  # default\n"
            "stop_timeout = 25s  # default\n"
            "pid_file = none  # default\n"
            "control = none  # default\n"
            "control_readers = none  # default\n"
            "log = stderr  # default\n"
            "log_level = info  # t.conf:1\n"
            "log_format = text  # default\n"
            "\n"
            "[pool a]\n"
            "mode = unix  # t.conf:2\n"
            "type = stream  # default\n"
            "path = @s  # t.conf:3\n"
            "socket_permissions = 0666  # default\n"
            "socket_owner = none  # default\n"
            "socket_group = none  # default\n"
            "backlog = 5  # -o\n"
            "linger = 0s  # default\n"
            "service = increment  # default\n"
            "requests_per_connection = 1  # default\n"
            "workers = 2  # t.conf:5\n"
            "spare = 2  # default\n"
            "spare_timeout = 10s  # default\n"
            "max_connections_per_worker = unlimited  # default\n"
            "max_connection_time = none  # default\n"
            "idle_timeout = 90s  # t.conf:6\n"
            "log_connections = no  # default\n"
            "module = none  # default\n"
            "proxy_protocol = no  # default\n"
            "proxy_from = none  # default\n"
            "limit_files = unlimited  # default\n"
            "limit_memory = unlimited  # default\n"
            "limit_processes = unlimited  # default\n"
            "nice = none  # default\n"
            "allow = all  # default\n"
            "deny = none  # default\n"
            "max_per_source = unlimited  # default\n"
            "max_rate_per_source = unlimited  # default\n"
            "sandbox = enforce  # default\n"
            "user = none  # default\n"
            "group = none  # default\n"
            "chroot = none  # default\n",
            "a dump says what holds and where it came from");
    free(text);
    config_free(config);
}

static void test_reading_back(const char *title, const char *text)
{
    struct config *config = get(text);
    char *first = dump(config, true), *whole = dump(config, false), *second;

    config_free(config);
    config = get(whole);
    second = dump(config, true);
    is_text(second, first, "the dump of %s reads back to the same dump", title);
    config_free(config);
    config = get(first);
    free(second);
    second = dump(config, true);
    is_text(second, first, "also without the comments");
    config_free(config);
    free(first);
    free(whole);
    free(second);
}

static void test_reading_dumps_back(void)
{
    test_reading_back("a unix pool", UNIX);
    test_reading_back("an inet pool", INET "type = datagram\naddress = ::1\n");
    test_reading_back("an inet stream", INET "address = *\ndefer_accept = 5\nlinger = 1500ms\n");
    test_reading_back("odd texts", "mode = unix\npath = \"/a \\\"b\\\" \\\\ # c \"\n"
                                   "log = '/e \"f\" \\g\t'\npid_file = /h'i j'k#l\n"
                                   "socket_owner = '\"m\" n'\nsocket_group = '\to '\n");
    test_reading_back("texts that need quotes", "mode = unix\npath = '/a ;b'\nlog = '/a //b'\n"
                                                "pid_file = '/\xc2\xa0;'\ncontrol = /a;b//c\n");
    test_reading_back("two pools",
                      "mode = unix\npid_file = p\nlog = l\nlog_level = error\n"
                      "stop_timeout = none\n[pool a]\npath = a\n"
                      "service = echo\n[pool b]\npath = @b\nworkers = 100000\n"
                      "[pool c]\npath = @c\nworkers = 5..300\nspare = 7\n"
                      "spare_timeout = 250ms\nidle_timeout = 1ms\nmax_connection_time = 36h\n");
    test_reading_back("limits", UNIX "service = program\ncommand = /bin/cat\nlimit_files = 32\n"
                                     "limit_memory = 1536k\nlimit_cpu = 90s\nnice = -20\n"
                                     "limit_processes = 77\n");
}

int main(void)
{
    char directory[] = "/tmp/preforkd-unit-XXXXXX";

    enter_directory(directory);
    test_defaults();
    test_inheritance();
    test_quotes();
    test_overrides();
    test_dump();
    test_reading_dumps_back();
    return leave_directory(directory);
}
