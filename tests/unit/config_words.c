/*
 * Unit tests of common/config: values that are words, the program that `command` names, and the
 * variables of `environment`.
 */
#include "tests/unit/config.h"

#include "common/config/words.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Write the words of TEXT to LINE, each in brackets. */
static void print_words(const char *text, char *line, size_t size)
{
    char **words = config_words(text);

    *line = '\0';
    if (words == NULL)
        exit(1);
    for (size_t i = 0; words[i] != NULL; i++)
        snprintf(line + strlen(line), size - strlen(line), "[%s]", words[i]);
    free(words);
}

static void test_words_and_quotes(void)
{
    static const struct {
        const char *text, *words;
    } examples[] = {
        {"", ""},
        {" \t ", ""},
        {"date", "[date]"},
        {"  a\tb   c ", "[a][b][c]"},
        {"a 'b c' d", "[a][b c][d]"},
        {"'all of it'", "[all of it]"},
        {"\"all of it\"", "[all of it]"},
        {"a '' \"\"", "[a][][]"},
        {"a'b c'd\"e f\"", "[ab cde f]"},
        {"'$HOME | \"x\" \\'", "[$HOME | \"x\" \\]"},
        {"\"it's\"", "[it's]"},
        {"\"\\\"\\\\\"", "[\"\\]"},
        {"\"\\n $x\"", "[\\n $x]"},
        {"A=1 B='two words'", "[A=1][B=two words]"},
    };
    char line[256];

    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
        print_words(examples[i].text, line, sizeof(line));
        is_text(line, examples[i].words, "the words of: %s", examples[i].text);
    }
    is_text(config_word_end("'a b'c d"), " d", "the end of a word with quotes");
    is_text(config_word_end("a"), "", "the end of the last word");
}

#define NO_BACKSLASH "has a backslash outside quotes; put that word in single quotes"
#define NO_VARIABLE                                                                                \
    "has a '$' or '`', which no shell replaces here; run sh -c '...', or put that word in single " \
    "quotes"
#define NO_OPERATOR                                                                                \
    "has a '|', '&', ';', '<' or '>', which no shell reads here; run sh -c '...', or put that "    \
    "word in quotes"

static void test_refused_characters(void)
{
    static const struct {
        const char *text, *reason;
    } examples[] = {
        {"a\\ b", NO_BACKSLASH},
        {"echo $HOME", NO_VARIABLE},
        {"echo x$HOME", NO_VARIABLE},
        {"echo `date`", NO_VARIABLE},
        {"a | b", NO_OPERATOR},
        {"a && b", NO_OPERATOR},
        {"a >file", NO_OPERATOR},
        {"<file a", NO_OPERATOR},
        {"a 'b' ;c", NO_OPERATOR},
        {"sh -c 'a | b > $c'", NULL},
        {"sh -c \"a \\\" | b\" c", NULL},
        {"url=a?b&c", NO_OPERATOR},
        {"echo 2>&1", NO_OPERATOR},
        {"a;b", NO_OPERATOR},
        {"'url=a?b&c;d' x'>'y", NULL},
        {"a~ * [b]", NULL},
        {"x ~/a",
         "has a '~', which no shell expands here; write the whole path, or put that word in "
         "quotes"},
    };

    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
        const char *reason = config_words_refuse(examples[i].text);

        is_text(reason == NULL ? "" : reason, examples[i].reason == NULL ? "" : examples[i].reason,
                "refused or not: %s", examples[i].text);
    }
}

#define PROGRAM UNIX "service = program\n"

static void test_errors(void)
{
    expect("a command that is missing", PROGRAM,
           "t.conf:1:1: pool 'main' needs 'command' where the service is 'program'\n");
    expect("a command of another service does not matter", UNIX "command = /no/such\n", "");
    expect("a refused character, with its place", PROGRAM "command = echo $HOME\n",
           "t.conf:4:11: command 'echo $HOME' " NO_VARIABLE "\n");
    expect("a quote that never ends", PROGRAM "command = sh -c 'x\n",
           "t.conf:4:17: a quote that never ends\n");
    expect("no list of variables", PROGRAM "command = /bin/x\nenvironment = A=1 B\n",
           "t.conf:5:15: environment 'A=1 B' is not a list of NAME=VALUE, with blanks between and "
           "quotes around a VALUE that has some\n");
    expect("a name that begins with a digit", PROGRAM "command = /bin/x\nenvironment = 1A=1\n",
           "t.conf:5:15: environment '1A=1' is not a list of NAME=VALUE, with blanks between and "
           "quotes around a VALUE that has some\n");
}

/* Load LINE, a command or an environment, in a pool with a command. Returns the configuration. */
static struct config *load_line(const char *line)
{
    char text[512], *errors = NULL;
    struct config *config;

    snprintf(text, sizeof(text), "[pool p]\n" PROGRAM "%s%s\n",
             strncmp(line, "command", 7) == 0 ? "" : "command = /bin/x\n", line);
    write_file(text, strlen(text));
    config = load(NULL, &errors);
    if (config == NULL) {
        fprintf(stderr, "%s", errors);
        exit(1);
    }
    return config;
}

/* Check that the command of LINE is COMMAND. */
static void expect_command(const char *title, const char *line, const char *command)
{
    struct config *config = load_line(line);

    is_text(config->pools[0].command, command, "%s", title);
    config_free(config);
}

static void make_file(const char *name, mode_t mode)
{
    int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, mode);

    if (fd < 0)
        exit(1);
    close(fd);
}

static void test_programs(const char *directory)
{
    char line[256], expected[256];

    if (mkdir("bin", 0700) < 0 || mkdir("with blank", 0700) < 0 || mkdir("bin/folder", 0700) < 0)
        exit(1);
    make_file("bin/program", 0700);
    make_file("bin/plain", 0600);
    make_file("with blank/other", 0700);
    snprintf(line, sizeof(line), "bin:/no/such:%s/bin::%s/with blank", directory, directory);
    setenv("PATH", line, 1);
    snprintf(expected, sizeof(expected), "%s/bin/program -x 'a b'", directory);
    expect_command("a name is looked for in PATH, in absolute directories only",
                   "command = program -x 'a b'", expected);
    expect_command("the name in quotes", "command = 'program' -x 'a b' # why", expected);
    snprintf(expected, sizeof(expected), "'%s/with blank/other' x", directory);
    expect_command("a directory with a blank gets quotes", "command = other x", expected);
    expect_command("a name that PATH does not have stays", "command = nothing x", "nothing x");
    expect_command("what is not executable is not found", "command = plain", "plain");
    expect_command("a directory is not found", "command = folder", "folder");
    snprintf(expected, sizeof(expected), "%s/missing x", directory);
    expect_command("a relative path is taken from the working directory", "command = ./missing x",
                   expected);
    expect_command("an absolute path stays", "command = /no/such x", "/no/such x");
    expect_command("a '#' in quotes is no comment", "command = /bin/x 'a # b' c#d # why",
                   "/bin/x 'a # b' c#d");
    unlink("bin/program");
    unlink("bin/plain");
    unlink("with blank/other");
    rmdir("bin/folder");
    rmdir("bin");
    rmdir("with blank");
}

/* Copy to LINE the one of KEY in the dump of CONFIG, without the place where it was set. */
static void find_dumped(const struct config *config, const char *key, char *line, size_t size)
{
    char *text = NULL, *begin, *end;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    if (out == NULL)
        exit(1);
    config_dump(config, out);
    fclose(out);
    begin = strstr(text, key);
    end = begin == NULL ? NULL : strstr(begin, "  # ");
    if (end == NULL)
        exit(1);
    snprintf(line, size, "%.*s", (int)(end - begin), begin);
    free(text);
}

static void test_what_is_printed_is_read_back(void)
{
    static const char *const lines[] = {
        "command = /bin/sh -c 'echo \"a # b\"; x'",
        "command = '/a b/c' \"it's\" \"\\\"\" ''",
        "command = '/bin/one word'",
        "command = \"/bin/x\" 'y'",
        "environment = A=1 B='two words' C=\"it's\" D=",
        "environment = none",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct config *config = load_line(lines[i]);
        char once[256], twice[256], words[256], words_again[256];
        const char *key = lines[i][0] == 'c' ? "command = " : "environment = ";

        find_dumped(config, key, once, sizeof(once));
        config_free(config);
        config = load_line(once);
        find_dumped(config, key, twice, sizeof(twice));
        config_free(config);
        is_text(twice, once, "printed and read back: %s", lines[i]);
        print_words(lines[i] + strlen(key), words, sizeof(words));
        print_words(once + strlen(key), words_again, sizeof(words_again));
        is_text(words_again, words, "the same words: %s", lines[i]);
    }
}

int main(void)
{
    char directory[] = "/tmp/preforkd-unit-XXXXXX";

    enter_directory(directory);
    test_words_and_quotes();
    test_refused_characters();
    test_errors();
    test_programs(directory);
    test_what_is_printed_is_read_back();
    return leave_directory(directory);
}
