/*
 * Unit tests of common/config: what is surely not meant as a path is refused with what was meant,
 * and what may be one is taken.
 */
#include "tests/unit/config.h"

#include <errno.h>
#include <sys/stat.h>

static void test_words(void)
{
    static const struct {
        const char *line, *message;
    } examples[] = {
        {"log = off", "log 'off' is not a path; did you mean 'none'?"},
        {"log = None", "log 'None' is not a path; did you mean 'none'?"},
        {"log = STDERR", "log 'STDERR' is not a path; did you mean 'stderr'?"},
        {"log = -", "log '-' is not a path; did you mean 'stdout'?"},
        {"log = ~/x.log", "log '~/x.log' is not expanded, as a shell would: write the whole path"},
        {"log = 127.0.0.1:514", "log '127.0.0.1:514' is an inet address, and this is a path"},
        {"log = @x", "log '@x' is an abstract socket's name; a file of that name is './@x'"},
        {"pid_file = no", "pid_file 'no' is not a path; did you mean 'none'?"},
        {"pid_file = stdout", "pid_file 'stdout' is not a path; a file of that name is './stdout'"},
        {"control = off", "control 'off' is not a path; did you mean 'none'?"},
        {"control = 127.0.0.1:9", "control '127.0.0.1:9' is an inet address, and this is a path"},
        {"control = [::1]:9", "control '[::1]:9' is an inet address, and this is a path"},
        {"control = :9", "control ':9' is an inet address, and this is a path"},
        {"control = inet:9", "control 'inet:9' is an inet address, and this is a path"},
        {"control = unix:/x",
         "control 'unix:/x' has 'unix:' in front of the path: write the path alone"},
        {"control = $HOME/x",
         "control '$HOME/x' is not expanded, as a shell would: write the whole path"},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
        expect_refusal(examples[i].line, examples[i].message);
    expect("a pool's path", "mode = unix\n[pool a]\npath = ~/x\n[pool b]\npath = none\n",
           "t.conf:3:8: path '~/x' is not expanded, as a shell would: write the whole path\n"
           "t.conf:5:8: path 'none' is not a path; a file of that name is './none'\n");
    expect("an inherited path is one error", "mode = unix\npath = unix:/x\n[pool a]\n[pool b]\n",
           "t.conf:2:8: path 'unix:/x' has 'unix:' in front of the path: write the path alone\n");
}

static void test_paths(void)
{
    expect("names that may be meant",
           "mode = unix\npath = ./none\nlog = off.log\npid_file = ./-\ncontrol = @127.0.0.1:9\n",
           "");
    expect("absolute paths", "mode = unix\npath = /a:9\nlog = /~/off\npid_file = /none\n", "");
    expect("words of their keys", UNIX "log = none\npid_file = none\ncontrol = none\n", "");
    expect("standard output", UNIX "log = stdout\n", "");
}

static void test_directory(const char *directory)
{
    char text[512], expected[512], file[128];
    struct config_source source = {.file = file};
    char *errors = NULL;
    struct config *config;

    snprintf(file, sizeof(file), "%s/t.conf", directory);
    snprintf(text, sizeof(text), UNIX "pid_file = /p\nlog = log\n");
    write_file(text, strlen(text));
    if (mkdir("gone", 0700) < 0 || chdir("gone") < 0 || rmdir("../gone") < 0)
        exit(1);
    config = config_load(&source, &errors);
    snprintf(expected, sizeof(expected),
             "%s:4:7: log 'log' is relative, and the working directory %s/gone (deleted) cannot be "
             "found: %s\n",
             file, directory, strerror(ENOENT));
    is_text(errors == NULL ? "" : errors, expected, "a directory that was deleted");
    config_free(config);
    free(errors);
    snprintf(text, sizeof(text), UNIX "pid_file = /p\nlog = /log\n");
    if (chdir(directory) < 0)
        exit(1);
    write_file(text, strlen(text));
}

int main(void)
{
    char directory[] = "/tmp/preforkd-unit-XXXXXX";

    enter_directory(directory);
    test_words();
    test_paths();
    test_directory(directory);
    return leave_directory(directory);
}
