/*
 * Unit tests of common/config: the errors of sections, of several places at once, of overrides, and
 * of a file that cannot be read.
 */
#include "tests/unit/config.h"

static void test_sections(void)
{
    expect("sections", "mode = unix\n[pool a]\npath = /a\n[ pool\tb-2_C ] # c\npath = /b\n", "");
    expect("a name of 31 letters", UNIX "[pool abcdefghijklmnopqrstuvwxyz01234]\n", "");
    expect("a name of 32 letters is one error",
           UNIX "[pool abcdefghijklmnopqrstuvwxyz012345]\npath = /none\n",
           "t.conf:3:7: a pool's name is 1 to 31 letters, digits, '-' and '_'\n");
    expect("a name with a dot", UNIX "[pool  a.b]\n",
           "t.conf:3:8: a pool's name is 1 to 31 letters, digits, '-' and '_'\n");
    expect("two names", UNIX "[pool a b]\n",
           "t.conf:3:7: a pool's name is 1 to 31 letters, digits, '-' and '_'\n");
    expect("no name", UNIX "[pool]\n", "t.conf:3:1: expected [pool NAME]; the name is missing\n");
    expect("a blank name", UNIX "[pool ]\n",
           "t.conf:3:7: a pool's name is 1 to 31 letters, digits, '-' and '_'\n");
    expect("a section of another kind", UNIX " [web a]\n", "t.conf:3:2: expected [pool NAME]\n");
    expect("a longer word than pool", UNIX "[pools a]\n", "t.conf:3:1: expected [pool NAME]\n");
    expect("a header that never ends", UNIX "[pool a # ]\n",
           "t.conf:3:1: expected [pool NAME]; the ']' is missing\n");
    expect("a bracket alone", UNIX "[", "t.conf:3:1: expected [pool NAME]; the ']' is missing\n");
    expect("words behind a header", UNIX "[pool a] b\n",
           "t.conf:3:1: expected [pool NAME]; there is something behind the ']'\n");
    expect(
        "a bad header is one error, whatever follows it", UNIX "[web]\n" UNIX "workers = x\n",
        "t.conf:3:1: expected [pool NAME]; did you mean [pool web]?\n"
        "t.conf:6:11: workers 'x' is not a whole number or a range such as 5..300 (1 to 100000)\n");
    expect("a pool twice is one error", "[pool a]\n" UNIX "[pool a]\nworkers = 2\n",
           "t.conf:4:7: pool 'a' exists already, in line 1\n");
    expect("two pools at one path", "[pool a]\n" UNIX "[pool b]\n" UNIX,
           "t.conf:4:1: pool 'b' has the address of pool 'a'\n");
    expect("three pools at one path are three pairs, at the later pool of each",
           "[pool a]\n" UNIX "[pool other]\nmode = unix\npath = /o\n[pool b]\n" UNIX
           "[pool c]\n" UNIX,
           "t.conf:7:1: pool 'b' has the address of pool 'a'\n"
           "t.conf:10:1: pool 'c' has the address of pool 'a'\n"
           "t.conf:10:1: pool 'c' has the address of pool 'b'\n");
    expect("two pools at one port", "[pool a]\n" INET "[pool b]\naddress = localhost\n" INET,
           "t.conf:4:1: pool 'b' has the address of pool 'a'\n");
    expect("addresses that overlap", "[pool a]\naddress = *\n" INET "[pool b]\n" INET,
           "t.conf:5:1: pool 'b': inet:127.0.0.1:1 and pool 'a': inet:*:1 cannot both be bound, "
           "one of "
           "them covers the other\n");
    expect("addresses that do not", INET "[pool a]\naddress = ::\n[pool b]\naddress = 0.0.0.0\n",
           "");
    expect("the control socket at a pool's path", "control = /s\n" UNIX,
           "t.conf:1:11: control '/s' is the path of pool 'main' as well\n");
    expect("the control socket at a pool's name", "control = @s\nmode = unix\npath = @s\n",
           "t.conf:1:11: control '@s' is the path of pool 'main' as well\n");
    expect("one file for three", "log = /a\npid_file = /a\ncontrol = /a\n" UNIX,
           "t.conf:1:7: log '/a' is the control as well\n"
           "t.conf:1:7: log '/a' is the pid_file as well\n"
           "t.conf:2:12: pid_file '/a' is the control as well\n");
    expect("streams and datagrams at one port", INET "[pool a]\n[pool b]\ntype = datagram\n", "");
    expect("two pools at ports that the kernel chooses",
           "mode = inet\nport = 0\n[pool a]\n[pool b]\n", "");
    expect("a bad value that two pools inherit is one error",
           "mode = inet\naddress = x\nworkers = no\n[pool a]\nport = 1\n[pool b]\nport = 2\n",
           "t.conf:2:11: address 'x' is not an IPv4 or IPv6 address, localhost or *\n"
           "t.conf:3:11: workers 'no' is not a whole number or a range such as 5..300 (1 to "
           "100000)\n");
}

static void test_all_at_once(void)
{
    expect("all errors at once, in the order of the text",
           "worker = 1\nworkers = 1\nworkers = 2\nlog_level = loud\n\n[pool a]\nmode = unix\n"
           "pid_file = /p\n[pool b!]\nmode = unix\n[pool c]\nmode = inet\nport = 70000\nnonsense\n"
           "path = '\n[pool d]\n",
           "t.conf:1:1: unknown key 'worker'; did you mean 'workers'?\n"
           "t.conf:3:1: 'workers' is set already, in line 2\n"
           "t.conf:4:13: log_level 'loud' is not debug or info or notice or warning or error\n"
           "t.conf:6:1: pool 'a' needs 'path' in unix mode\n"
           "t.conf:8:1: 'pid_file' is a key of the master: set it before the first section\n"
           "t.conf:9:7: a pool's name is 1 to 31 letters, digits, '-' and '_'\n"
           "t.conf:13:8: port '70000' is too large (0 to 65535)\n"
           "t.conf:14:1: expected KEY = VALUE or [pool NAME]\n"
           "t.conf:15:8: a quote that never ends\n"
           "t.conf:16:1: pool 'd' needs 'mode': unix or inet\n");
}

static void expect_overrides(const char *title, const char *text, const char *const *overrides,
                             const char *expected)
{
    struct config *config;
    char *errors;

    write_file(text, strlen(text));
    config = load(overrides, &errors);
    is_text(errors == NULL ? "" : errors, expected, "%s", title);
    config_free(config);
    free(errors);
}

static void test_override_errors(void)
{
    expect_overrides(
        "a bad override is one error", UNIX "[pool a]\nworkers = 2\n[pool b]\npath=/b",
        OVERRIDES("workers=x"),
        "-o:1:9: workers 'x' is not a whole number or a range such as 5..300 (1 to 100000)\n");
    expect_overrides(
        "overrides are numbered, and come behind the file",
        UNIX "workers = y\n[pool a]\nworkers = 1\n",
        OVERRIDES("backlog=1", "worker=1", "a.port=x", "b.port=1", "a.log=x", "mode", "mode="),
        "t.conf:3:11: workers 'y' is not a whole number or a range such as 5..300 (1 to 100000)\n"
        "-o:2:1: unknown key 'worker'; did you mean 'workers'?\n"
        "-o:3:8: port 'x' is not a whole number (0 to 65535)\n"
        "-o:4:1: there is no pool 'b'\n"
        "-o:5:3: 'log' is a key of the master, not of a pool\n"
        "-o:6:1: expected KEY = VALUE or [pool NAME]\n"
        "-o:7:1: 'mode' has no value\n");
    expect_overrides("a control character in an override", UNIX, OVERRIDES("path=/a\nlog = b"),
                     "-o:1:8: a control character (0x0a)\n");
    expect_overrides("an override mends what the file leaves out", "workers = 1\n",
                     OVERRIDES("mode=inet", "port=0"), "");
}

static void test_unreadable(void)
{
    static const struct {
        const char *file, *reason;
    } examples[] = {
        {"absent.conf", "No such file or directory"},
        {".", "Is a directory"},
        {"/dev/zero", "File too large"},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
        struct config_source source = {.file = examples[i].file};
        char *errors = NULL, expected[128];

        snprintf(expected, sizeof(expected), "%s: cannot read it: %s\n", examples[i].file,
                 examples[i].reason);
        ok(config_load(&source, &errors) == NULL, "%s is refused", examples[i].file);
        is_text(errors, expected, "%s is named, with the reason", examples[i].file);
        free(errors);
    }
    config_free(NULL);
}

int main(void)
{
    char directory[] = "/tmp/preforkd-unit-XXXXXX";

    enter_directory(directory);
    test_sections();
    test_all_at_once();
    test_override_errors();
    test_unreadable();
    return leave_directory(directory);
}
