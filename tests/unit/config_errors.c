/*
 * Unit tests of common/config: the errors of lines and values, with their exact text and place.
 */
#include "tests/unit/config.h"

static void test_syntax(void)
{
    expect("the shortest unix configuration", UNIX, "");
    expect("the shortest inet configuration", INET, "");
    expect("blanks around everything", " \t mode\t=  unix \t\n\tpath=/s\t\n \t \n", "");
    expect("comments at a line's start and behind a blank",
           "# it's a comment\n \t# this \"too\nmode = unix # it's\npath = /s\t#\n", "");
    expect("CRLF line ends", "mode = unix\r\npath = /s\r\n\r\n# c\r\n[pool a] # d\r\n", "");
    expect("no newline at the end", "mode = unix\npath = /s", "");
    expect("a word without `=`", UNIX "  workers\n",
           "t.conf:3:3: expected KEY = VALUE or [pool NAME]\n");
    expect("a comment before the `=`", UNIX "workers # = 8\n",
           "t.conf:3:1: expected KEY = VALUE or [pool NAME]\n");
    expect("a value without a key", UNIX " = 8\n",
           "t.conf:3:2: expected KEY = VALUE or [pool NAME]\n");
    expect("a key without a value", UNIX "workers =\n", "t.conf:3:1: 'workers' has no value\n");
    expect("a comment in place of the value", UNIX "\tworkers = # 8\n",
           "t.conf:3:2: 'workers' has no value\n");
    expect("empty quotes", "mode = unix\npath = \"\"\nlog = ''\n",
           "t.conf:2:1: 'path' has no value\nt.conf:3:1: 'log' has no value\n");
    expect("a quote that never ends", UNIX "log = /a\"b # \n",
           "t.conf:3:9: a quote that never ends\n");
    expect("a quote whose end is escaped", UNIX "log = \"a\\\"\n",
           "t.conf:3:7: a quote that never ends\n");
    expect("a control character", UNIX "log = /a\x1b[31m\n",
           "t.conf:3:9: a control character (0x1b)\n");
    expect("a carriage return inside a line", UNIX "log = a\rb\n",
           "t.conf:3:8: a control character (0x0d)\n");
}

static void test_bytes(void)
{
    static const char nul[] = UNIX "log = a\0b\nworkers = x\n";
    const size_t size = 1 << 20;
    char *line = malloc(size + 64), *expected = NULL;
    int start = snprintf(line, 64, "%s", "mode = unix\npath = /");

    expect_bytes(
        "a NUL byte", nul, sizeof(nul) - 1,
        "t.conf:3:8: a control character (0x00)\n"
        "t.conf:4:11: workers 'x' is not a whole number or a range such as 5..300 (1 to 100000)\n");
    expect_bytes("a NUL byte at a line's end", UNIX "\0\n", sizeof(UNIX) + 1,
                 "t.conf:3:1: a control character (0x00)\n");
    memset(line + start, 'p', size);
    if (asprintf(&expected,
                 "t.conf:2:8: path '/%.254s' is too long for a unix socket: %zu bytes, and the "
                 "limit is 107\n",
                 line + start, size + 1) < 0)
        abort();
    expect_bytes("a line of 1 MiB", line, (size_t)start + size, expected);
    free(expected);
    memset(line, '#', size);
    memcpy(line + size, "\n" UNIX, sizeof(UNIX));
    expect_bytes("a comment of 1 MiB", line, size + sizeof(UNIX), "");
    memset(line, 'k', size);
    memcpy(line + size, " = v\n", 5);
    if (asprintf(&expected,
                 "t.conf:1:1: unknown key '%.60s'\n"
                 "t.conf:1:1: pool 'main' needs 'mode': unix or inet\n",
                 line) < 0)
        abort();
    expect_bytes("a key of 1 MiB", line, size + 5, expected);
    free(expected);
    free(line);
    expect("an empty file", "", "t.conf:1:1: pool 'main' needs 'mode': unix or inet\n");
}

static void test_keys(void)
{
    expect("an unknown key that is nearly one", UNIX "worker = 8\n",
           "t.conf:3:1: unknown key 'worker'; did you mean 'workers'?\n");
    expect("an unknown key that is like none", UNIX "  colour = red\n",
           "t.conf:3:3: unknown key 'colour'\n");
    expect("a name of the master with a blank", "name = web 1\n" UNIX,
           "t.conf:1:8: name 'web 1' is not 1 to 63 letters, digits, '-', '_' and '.'\n");
    expect("a key in capitals", UNIX "Workers = 8\n",
           "t.conf:3:1: unknown key 'Workers'; did you mean 'workers'?\n");
    expect("a key that a later version has", UNIX "certificate = x\n",
           "t.conf:3:1: unknown key 'certificate'\n");
    expect("a source that is no process of this host", "control_readers = user:root, all\n" UNIX,
           "t.conf:1:19: control_readers 'all' is not user:NAME or group:NAME\n");
    expect("a key twice", UNIX "workers = 8\n  workers = 8\n",
           "t.conf:4:3: 'workers' is set already, in line 3\n");
    expect("a key twice in a section", UNIX "[pool a]\nworkers = 8\nworkers = 9\n",
           "t.conf:5:1: 'workers' is set already, in line 4\n");
    expect("a key once in each section",
           "workers = 1\n[pool a]\n" UNIX "workers = 8\n[pool b]\n" INET "workers = 9\n", "");
    expect("the master's key in a section", UNIX "[pool a]\n log = stderr\n",
           "t.conf:4:2: 'log' is a key of the master: set it before the first section\n");
    expect("no mode", "workers = 8\n", "t.conf:1:1: pool 'main' needs 'mode': unix or inet\n");
    expect("unix mode without a path", "mode = unix\n",
           "t.conf:1:1: pool 'main' needs 'path' in unix mode\n");
    expect("inet mode without a port", "mode = inet\n",
           "t.conf:1:1: pool 'main' needs 'port' in inet mode\n");
    expect("a missing key is reported at its section's header",
           "workers = 8\n\n [pool a]\nmode = unix\n[pool b]\n",
           "t.conf:3:2: pool 'a' needs 'path' in unix mode\n"
           "t.conf:5:1: pool 'b' needs 'mode': unix or inet\n");
}

static void test_values(void)
{
    static const struct {
        const char *line, *message;
    } examples[] = {
        {"workers = 0",
         "workers '0' is too small (1 to 100000); with '0..16' none runs until a client "
         "connects"},
        {"workers = 0..0", "workers '0..0' is too small (1 to 100000)"},
        {"workers = 0-8", "workers '0-8' is not a whole number or a range such as 5..300 (1 to "
                          "100000); did you mean '0..8'?"},
        {"workers = 100001", "workers '100001' is too large (1 to 100000)"},
        {"workers = 8 9", "workers '8 9' is not a whole number or a range such as 5..300 (1 to "
                          "100000); did you mean '8..9'?"},
        {"workers = 2..x",
         "workers '2..x' is not a whole number or a range such as 5..300 (1 to 100000)"},
        {"workers = -1",
         "workers '-1' is not a whole number or a range such as 5..300 (1 to 100000)"},
        {"workers = unlimited",
         "workers 'unlimited' is not a whole number or a range such as 5..300 (1 to 100000)"},
        {"backlog = 0", "backlog '0' is too small (1 to 1000000)"},
        {"port = 65536", "port '65536' is too large (0 to 65535)"},
        {"port = http", "port 'http' is not a whole number (0 to 65535)"},
        {"type = dgram", "type 'dgram' is not stream or datagram; did you mean 'datagram'?"},
        {"type = steam", "type 'steam' is not stream or datagram; did you mean 'stream'?"},
        {"log_level = notise",
         "log_level 'notise' is not debug or info or notice or warning or error; "
         "did you mean 'notice'?"},
        {"socket_permissions = 0888",
         "socket_permissions '0888' is not an octal file mode such as 0660"},
        {"socket_permissions = 1777", "socket_permissions '1777' is too large"},
        {"idle_timeout = 5 s",
         "idle_timeout '5 s' is not a duration such as 250ms, 10s, 2m or 1h (1ms to 365d) or none"},
        {"idle_timeout = 0s", "idle_timeout '0s' is too small (1ms to 365d) or none"},
        {"idle_timeout = nome",
         "idle_timeout 'nome' is not a duration such as 250ms, 10s, 2m or 1h (1ms to 365d) or "
         "none; did you mean 'none'?"},
        {"idle_timeout = 366d", "idle_timeout '366d' is too large (1ms to 365d) or none"},
        {"defer_accept = 999ms", "defer_accept '999ms' is too small (1s to 1h) or auto or no"},
        {"linger = 2h", "linger '2h' is too large (0s to 1h)"},
        {"requests_per_connection = 0",
         "requests_per_connection '0' is too small (1 to 2147483647) or unlimited"},
        {"limit_files = 31", "limit_files '31' is too small (32 to 2147483647) or unlimited"},
        {"limit_memory = 64M", "limit_memory '64M' is not a size such as 64m or 1g (1m to "
                               "1048576g) or unlimited; did you mean '64m'?"},
        {"limit_memory = 2GiB", "limit_memory '2GiB' is not a size such as 64m or 1g (1m to "
                                "1048576g) or unlimited; did you mean '2g'?"},
        {"limit_memory = 64 m", "limit_memory '64 m' is not a size such as 64m or 1g (1m to "
                                "1048576g) or unlimited"},
        {"limit_memory = 1023k", "limit_memory '1023k' is too small (1m to 1048576g) or unlimited"},
        {"limit_cpu = 999ms", "limit_cpu '999ms' is too small (1s to 365d) or unlimited"},
        {"limit_cpu = infinity", "limit_cpu 'infinity' is not a duration such as 5s, 2m or 1h (1s "
                                 "to 365d) or unlimited; did you mean 'unlimited'?"},
        {"limit_processes = 0", "limit_processes '0' is too small (1 to 2147483647) or unlimited"},
        {"nice = -21", "nice '-21' is too small (-20 to 19) or none"},
        {"nice = 20", "nice '20' is too large (-20 to 19) or none"},
        {"nice = low", "nice 'low' is not a whole number (-20 to 19) or none"},
        {"service = ecko", "unknown service 'ecko'; did you mean 'echo'?"},
        {"service = web", "unknown service 'web'; the services are increment echo program"},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
        expect_refusal(examples[i].line, examples[i].message);
    expect("a bad mode", "mode = tcp\n",
           "t.conf:1:8: mode 'tcp' is not unix or inet; did you mean 'inet'?\n");
    expect("a bad address", INET "address = example.org\n",
           "t.conf:3:11: address 'example.org' is not an IPv4 or IPv6 address, localhost or *\n");
    expect("an abstract name without a name", "mode = unix\npath = @\n",
           "t.conf:2:8: path '@' is empty\n");
}

/* Check that the first MOST bytes of PATH are taken, and one more is refused. */
static void expect_length(const char *path, int most, const char *taken, const char *refused)
{
    char text[512], expected[512];

    snprintf(text, sizeof(text), "mode = unix\npath = %.*s\n", most, path);
    expect(taken, text, "");
    snprintf(text, sizeof(text), "mode = unix\npath = %.*s\n", most + 1, path);
    snprintf(expected, sizeof(expected),
             "t.conf:2:8: path '%.*s' is too long for a unix socket: %d bytes, and the limit is "
             "%d\n",
             most + 1, path, most + 1, most);
    expect(refused, text, expected);
}

static void test_path_length(void)
{
    char path[128];

    memset(path, 'p', sizeof(path));
    path[0] = '/';
    expect_length(path, 107, "a path of 107 bytes", "a path of 108 bytes");
    path[0] = '@';
    expect_length(path, 108, "an abstract name of 107 bytes behind its @",
                  "an abstract name of 108 bytes behind its @");
}

int main(void)
{
    char directory[] = "/tmp/preforkd-unit-XXXXXX";

    enter_directory(directory);
    test_syntax();
    test_bytes();
    test_keys();
    test_values();
    test_path_length();
    return leave_directory(directory);
}
