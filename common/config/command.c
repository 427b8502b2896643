/*
 * command: see command.h.
 */
#include "common/config/command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config/errors.h"
#include "common/config/root_path.h"
#include "common/config/sources.h"
#include "common/config/words.h"

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* Return whether PATH is a file that can be executed, below ROOT. */
static bool is_program(const char *path, const char *root)
{
    char file[PATH_MAX];
    struct stat status;

    if (root[0] != '\0') {
        if (config_root_path(root, path, file) < 0)
            return false;
        path = file;
    }
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* Write to PATH the first program called NAME in the directories of PATH (environ(7)), below ROOT.
 * Returns whether there is one. */
static bool search(const char *name, const char *root, char path[PATH_MAX])
{
    const char *directories = getenv("PATH");

    if (directories == NULL)
        directories = default_path;
    for (const char *at = directories, *end; *at != '\0'; at = *end == ':' ? end + 1 : end) {
        end = at + strcspn(at, ":");
        if (*at == '/' &&
            snprintf(path, PATH_MAX, "%.*s/%s", (int)(end - at), at, name) < PATH_MAX &&
            is_program(path, root))
            return true;
    }
    return false;
}

/* Write the absolute path of the program NAME to PATH, as it is from ROOT. Returns whether it could
 * be found; the file itself may be missing. */
static bool find(const char *name, const char *root, char path[PATH_MAX])
{
    char directory[PATH_MAX];

    if (strchr(name, '/') == NULL)
        return search(name, root, path);
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    return name[0] != '/' && getcwd(directory, sizeof(directory)) != NULL &&
           snprintf(path, PATH_MAX, "%s/%s", directory, name) < PATH_MAX;
}

/* Return whether PATH is read back as it is without quotes. */
static bool is_plain(const char *path)
{
    return strspn(path,
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_.,:+@%=-") ==
           strlen(path);
}

/* Return whether no quotes could keep PATH as it is. */
static bool is_unquotable(const char *path)
{
    return strchr(path, '\'') != NULL && strpbrk(path, "\"\\") != NULL;
}

/* Return the words of TEXT with PATH in place of the first one. */
static char *replace_first(const char *text, const char *path)
{
    const char *quote = is_plain(path) ? "" : strchr(path, '\'') == NULL ? "'" : "\"";
    char *words;

    if (asprintf(&words, "%s%s%s%s", quote, path, quote, config_word_end(text)) < 0)
        config_no_memory();
    return words;
}

char *config_command_make(const char *text, const char *root)
{
    char **words = config_words(text), *made = NULL;
    char path[PATH_MAX];

    if (words == NULL)
        config_no_memory();
    if (words[0] != NULL && find(words[0], root, path) && !is_unquotable(path))
        made = replace_first(text, path);
    else
        made = strdup(text);
    free(words);
    return made;
}

static bool is_variable(const char *word)
{
    size_t length = strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");

    return length > 0 && word[length] == '=' && (word[0] < '0' || word[0] > '9');
}

/* Return why TEXT is no list of variables, or NULL. */
static const char *refuse_variables(const char *text)
{
    char **words = config_words(text);
    const char *reason = NULL;

    if (words == NULL)
        config_no_memory();
    for (size_t i = 0; words[i] != NULL; i++) {
        if (!is_variable(words[i]))
            reason = "is not a list of NAME=VALUE, with blanks between and quotes around a VALUE "
                     "that has some";
    }
    free(words);
    return reason;
}

char *config_words_make(const struct config_key *key, const char *text, char **words)
{
    const char *reason = config_words_refuse(text);
    char *message = NULL;

    *words = NULL;
    if (key->kind == KIND_SOURCES)
        return config_sources_make(key, text, words);
    if (reason == NULL && key->kind == KIND_ENVIRONMENT)
        reason = refuse_variables(text);
    if (reason != NULL && asprintf(&message, "%s '%.60s' %s", key->name, text, reason) < 0)
        config_no_memory();
    if (reason == NULL)
        *words = key->kind == KIND_COMMAND ? config_command_make(text, "") : strdup(text);
    return message;
}
