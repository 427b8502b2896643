/*
 * Unit tests of common/config: what a line, a key or a value in the habits of other programs gets
 * said, with its place: a message of its own, or a hint behind the error.
 */
#include "tests/unit/config.h"

static void test_quotes(void)
{
    expect("text behind a closing quote", UNIX "log = \"x.log\" ; weekly\n",
           "t.conf:3:15: text behind the closing quote; a comment begins with a blank and '#'\n");
    expect("text right behind a closing quote", UNIX "log = 'x.log'y\n",
           "t.conf:3:14: text behind the closing quote; one pair of quotes encloses all of a "
           "value\n");
    expect("a comment right behind a closing quote", UNIX "log = \"x.log\"# why\n",
           "t.conf:3:14: text behind the closing quote; a comment begins with a blank and '#'\n");
    expect("several quoted words", UNIX "socket_owner = \"m\" 'n'\n",
           "t.conf:3:20: text behind the closing quote; one pair of quotes encloses all of a "
           "value\n");
    expect("a comment behind a closing quote", UNIX "log = \"x.log\" # weekly\n", "");
    expect("a quote that never ends, before what is missing without it",
           "mode = unix\npath = \"/s\n", "t.conf:2:8: a quote that never ends\n");
    expect("a quote that never ends in what all pools inherit",
           "mode = 'unix\n[pool a]\npath = /a\n[pool b]\npath = /b\n",
           "t.conf:1:8: a quote that never ends\n");
    expect("what is missing beside a quote that never ends", "mode = unix\nlog = \"x\n",
           "t.conf:1:1: pool 'main' needs 'path' in unix mode\n"
           "t.conf:2:7: a quote that never ends\n");
}

static void test_wrong_lines_are_not_missing(void)
{
    static const struct {
        const char *text, *errors;
    } examples[] = {
        {"mode = unix\npath =\n", "t.conf:2:1: 'path' has no value\n"},
        {"mode = unix\npath = /a\x01\n", "t.conf:2:10: a control character (0x01)\n"},
        {"mode = inet\nprot = 5\n", "t.conf:2:1: unknown key 'prot'; did you mean 'port'?\n"},
        {"mode: unix\npath = /s\n",
         "t.conf:1:1: expected KEY = VALUE or [pool NAME]; did you mean 'mode = unix'?\n"},
        {"mode = unix\n[pool a]\npath \"/a\"\n",
         "t.conf:3:1: expected KEY = VALUE or [pool NAME]; did you mean 'path = \"/a\"'?\n"},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
        expect("a key whose line is wrong is not missing too", examples[i].text,
               examples[i].errors);
    expect("a second line may set the key", "mode = unix\npath =\npath = /s\n",
           "t.conf:2:1: 'path' has no value\n");
}

static void test_encodings(void)
{
    expect("a byte order mark is skipped", "\xef\xbb\xbf" UNIX, "");
    expect("columns count from behind it", "\xef\xbb\xbfmode = tcp\n",
           "t.conf:1:8: mode 'tcp' is not unix or inet; did you mean 'inet'?\n");
    expect("a byte order mark later in the file", UNIX "\xef\xbb\xbfworkers = 1\n",
           "t.conf:3:1: a byte order mark (U+FEFF), which cannot be seen: remove it\n");
    expect_bytes("UTF-16", "\xff\xfem\0o\0d\0e\0", 10,
                 "t.conf:1:1: the file is in UTF-16; only UTF-8 can be read\n");
    expect("a no-break space before the `=`", "mode\xc2\xa0= unix\npath = /s\n",
           "t.conf:1:5: a no-break space (U+00A0), which is no blank here: type a space\n");
    expect("a no-break space behind a value", UNIX "workers = 5\xc2\xa0\n",
           "t.conf:3:12: a no-break space (U+00A0), which is no blank here: type a space\n");
    expect("a no-break space in a header",
           UNIX "[pool\xc2\xa0"
                "a]\n",
           "t.conf:3:6: a no-break space (U+00A0), which is no blank here: type a space\n");
    expect("curly quotes", UNIX "log = \xe2\x80\x9cx.log\xe2\x80\x9d\n",
           "t.conf:3:7: a curly quote (U+201C), which is no quote here: type \"\n");
    expect("in quotes and in comments they are text",
           UNIX "# \xc2\xa0\nlog = \"/a\xc2\xa0\xe2\x80\x9cl\" # \xe2\x80\x99\n", "");
    expect("other characters are text everywhere", "mode = unix\npath = /t\xc3\xbcr\n", "");
}

/* Check that LINE, the third of the file, gets MESSAGE at COLUMN. */
static void expect_line(const char *line, int column, const char *message)
{
    char text[256], expected[512];

    snprintf(text, sizeof(text), UNIX "%s\n", line);
    snprintf(expected, sizeof(expected), "t.conf:3:%d: %s\n", column, message);
    expect(line, text, expected);
}

#define NOT_A_LINE   "expected KEY = VALUE or [pool NAME]; "
#define NOT_A_HEADER "expected [pool NAME]; "
#define COMMENT      "a comment begins with '#'"
#define NOT_A_RANGE  "is not a whole number or a range such as 5..300 (1 to 100000)"

static void test_lines(void)
{
    expect_line("; workers", 1, NOT_A_LINE COMMENT);
    expect_line(" ; workers = 5", 2, NOT_A_LINE COMMENT);
    expect_line("// workers = 5", 1, NOT_A_LINE COMMENT);
    expect_line("/* workers */", 1, NOT_A_LINE COMMENT);
    expect_line("workers: 5", 1, NOT_A_LINE "did you mean 'workers = 5'?");
    expect_line("Workers 5;", 1, NOT_A_LINE "did you mean 'workers = 5'?");
    expect_line("log: /a=b", 1, NOT_A_LINE "did you mean 'log = /a=b'?");
    expect_line("include /etc/preforkd.d/*.conf", 1,
                "expected KEY = VALUE or [pool NAME]: one file has it all, with a section [pool "
                "NAME] for each pool");
    expect_line("daemon on;", 1,
                "expected KEY = VALUE or [pool NAME]: preforkd stays in the foreground, where a "
                "service manager or '&' starts it");
    expect_line("log = /a ; weekly", 10, COMMENT "; a value that has this in it stands in quotes");
    expect_line("log = /a // weekly", 10, COMMENT "; a value that has this in it stands in quotes");
    expect_line("log = /a;", 9, "no ';' ends a line; a value that ends in one stands in quotes");
    expect_line("[pool a", 1, NOT_A_HEADER "the ']' is missing");
    expect_line("[pool a # ]", 1, NOT_A_HEADER "the ']' is missing");
    expect_line("[pool a] b", 1, NOT_A_HEADER "there is something behind the ']'");
    expect_line("[pool]", 1, NOT_A_HEADER "the name is missing");
    expect_line("[www]", 1, NOT_A_HEADER "did you mean [pool www]?");
    expect_line("[pool:www]", 1, NOT_A_HEADER "did you mean [pool www]?");
    expect("a `;` and two slashes in quotes, or within a word",
           "mode = unix\npath = \"/a ; b // c;\" # d\nlog = /a;b//c\npid_file = 'd ;'\n", "");
}

static void test_keys(void)
{
    expect_line("max_children = 5", 1,
                "unknown key 'max_children'; 'workers' does that: a number, or a range such as "
                "5..300");
    expect_line("pm.max_children = 5", 1,
                "unknown key 'pm.max_children'; 'workers' does that: a number, or a range such as "
                "5..300");
    expect_line("MaxRequestWorkers = 5", 1,
                "unknown key 'MaxRequestWorkers'; 'workers' does that: a number, or a range such "
                "as 5..300");
    expect_line("timeout = 5", 1,
                "unknown key 'timeout'; 'idle_timeout' and 'max_connection_time' are the deadlines "
                "of a connection, 'stop_timeout' that of a stop");
    expect_line("include = /etc/preforkd.d/*.conf", 1,
                "unknown key 'include'; one file has it all, with a section [pool NAME] for each "
                "pool");
    expect_line("daemon = yes", 1,
                "unknown key 'daemon'; preforkd stays in the foreground, where a service manager "
                "or '&' starts it");
    expect_line("LOG_LEVEL = info", 1, "unknown key 'LOG_LEVEL'; did you mean 'log_level'?");
    expect_line("spare_time = 5s", 1, "unknown key 'spare_time'; did you mean 'spare_timeout'?");
    expect(
        "listen without a `=` too", "mode = inet\nlisten 9734;\n",
        "t.conf:2:1: expected KEY = VALUE or [pool NAME]: 'path' does that in unix mode, 'address' "
        "and 'port' in inet mode\n");
    expect("listen is the port, and the port is not missing too", "mode = inet\nlisten = 9734\n",
           "t.conf:2:1: unknown key 'listen'; 'path' does that in unix mode, 'address' and 'port' "
           "in inet mode\n");
}

#define OF_COMMAND "'command' does that, the program and its arguments, where 'service = program'"

static void test_keys_of_programs(void)
{
    static const struct {
        const char *key, *advice;
    } examples[] = {
        {"server", OF_COMMAND},      /* xinetd */
        {"server_args", OF_COMMAND}, /* xinetd */
        {"wait", "'service = program' runs 'command' for each connection, with 'start = call'"},
        {"ExecStart", OF_COMMAND}, /* systemd */
        {"Accept", "'service = program' runs 'command' for each connection, with 'start = call'"},
        {"WorkingDirectory", "'directory' does that"},
        {"PassEnvironment", "'environment' does that: NAME=VALUE, with blanks between several"},
        {"KillSignal", "with 'start = resident' 'stop_signal' does that; other programs get TERM, "
                       "and after 'kill_after' KILL"},
        {"chdir", "'directory' does that"}, /* uWSGI, PHP-FPM */
        {"env", "'environment' does that: NAME=VALUE, with blanks between several"},
        {"env[HOME]", "'environment' does that: NAME=VALUE, with blanks between several"},
        {"clear_env", "a program gets what 'environment' says, and PATH, LANG and TZ"},
        {"LimitNOFILE", "'limit_files' does that"},                  /* systemd */
        {"RLimitMEM", "'limit_memory' does that, for each process"}, /* Apache */
        {"rlimit_cpu", "'limit_cpu' does that, for each program"},   /* xinetd */
        {"process.priority", "'nice' does that"},                    /* PHP-FPM */
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
        char line[64], message[256];

        snprintf(line, sizeof(line), "%s = x", examples[i].key);
        snprintf(message, sizeof(message), "unknown key '%s'; %s", examples[i].key,
                 examples[i].advice);
        expect_line(line, 1, message);
    }
    expect("another key that is the command, and the command is not missing too",
           UNIX "service = program\nserver = /bin/date\n",
           "t.conf:4:1: unknown key 'server'; " OF_COMMAND "\n");
}

static void test_values(void)
{
    expect_line("workers = 5-300", 11, "workers '5-300' " NOT_A_RANGE "; did you mean '5..300'?");
    expect_line("workers = 5,300", 11, "workers '5,300' " NOT_A_RANGE "; did you mean '5..300'?");
    expect_line("workers = 5 to 300", 11,
                "workers '5 to 300' " NOT_A_RANGE "; did you mean '5..300'?");
    expect_line("workers = auto", 11, "workers 'auto' " NOT_A_RANGE);
    expect_line("type = STREAMS", 8,
                "type 'STREAMS' is not stream or datagram; did you mean 'stream'?");
    expect_line("type = udp", 8, "type 'udp' is not stream or datagram; did you mean 'datagram'?");
    expect_line("log_level = warn", 13,
                "log_level 'warn' is not debug or info or notice or warning or error; did you mean "
                "'warning'?");
    expect_line("log_connections = true", 19,
                "log_connections 'true' is not yes or no; did you mean 'yes'?");
    expect_line("defer_accept = yes", 16,
                "defer_accept 'yes' is not a duration such as 5s, 2m or 1h (1s to 1h) or auto or "
                "no; did you mean 'auto'?");
    expect_line("idle_timeout = off", 16,
                "idle_timeout 'off' is not a duration such as 250ms, 10s, 2m or 1h (1ms to 365d) "
                "or none; did you mean 'none'?");
    expect("a mode in capitals", "mode = INET\nport = 1\n",
           "t.conf:1:8: mode 'INET' is not unix or inet; did you mean 'inet'?\n");
    expect("a service in capitals", UNIX "service = ECHO\n",
           "t.conf:3:11: unknown service 'ECHO'; did you mean 'echo'?\n");
}

static void test_addresses(void)
{
    static const char *const examples[] = {"127.0.0.1:9734", "[::1]:9734", "localhost:9734",
                                           "*:9734"};
    char text[128], expected[256];

    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
        snprintf(text, sizeof(text), INET "address = %s\n", examples[i]);
        snprintf(expected, sizeof(expected),
                 "t.conf:3:11: address '%s' is not an IPv4 or IPv6 address, localhost or *; the "
                 "port has a key of its own: 'port = 9734'\n",
                 examples[i]);
        expect(examples[i], text, expected);
    }
    expect("a port with an address", "mode = inet\nport = 127.0.0.1:9734\n",
           "t.conf:2:8: port '127.0.0.1:9734' is not a whole number (0 to 65535); the address has "
           "a key of its own, 'address'\n");
}

int main(void)
{
    char directory[] = "/tmp/preforkd-unit-XXXXXX";

    enter_directory(directory);
    test_quotes();
    test_wrong_lines_are_not_missing();
    test_encodings();
    test_lines();
    test_keys();
    test_keys_of_programs();
    test_values();
    test_addresses();
    return leave_directory(directory);
}
