/*
 * paths: see paths.h.
 */
#include "common/config/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/config/errors.h"

/* Words that other configurations have for no file and for standard descriptors, and the word of
 * this one. */
static const struct {
    const char *text, *word;
} words[] = {
    {"none", "none"}, {"off", "none"},       {"no", "none"},       {"false", "none"},
    {"null", "none"}, {"disabled", "none"},  {"stderr", "stderr"}, {"stdout", "stdout"},
    {"-", "stdout"},  {"console", "stdout"}, {"syslog", "syslog"},
};

static const char of_inet[] = "is an inet address, and this is a path";

/* What begins a value elsewhere, and a path never. */
static const struct {
    const char *beginning, *reason;
} beginnings[] = {
    {"~", "is not expanded, as a shell would: write the whole path"},
    {"$", "is not expanded, as a shell would: write the whole path"},
    {"unix:", "has 'unix:' in front of the path: write the path alone"},
    {"file:", "has 'file:' in front of the path: write the path alone"},
    {"inet:", of_inet},
    {"tcp:", of_inet},
};

/* Print a message that ends in FORMAT. */
__attribute__((format(printf, 3, 4))) static char *refuse(const struct config_key *key,
                                                          const char *text, const char *format, ...)
{
    char *message = NULL;
    va_list arguments;
    size_t size;
    FILE *out = open_memstream(&message, &size);

    if (out == NULL)
        config_no_memory();
    fprintf(out, "%s '%.60s' ", key->name, text);
    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
    fclose(out);
    return message;
}

/* Refuse a word; NULL where TEXT is none. */
static char *refuse_word(const struct config_key *key, const char *text)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        const char *word = words[i].word;

        if (strcasecmp(text, words[i].text) == 0)
            return config_word_find(key, word) != NULL
                       ? refuse(key, text, "is not a path; did you mean '%s'?", word)
                       : refuse(key, text, "is not a path; a file of that name is './%s'", text);
    }
    return NULL;
}

/* Return whether TEXT is HOST:PORT, `:PORT` included. */
static bool is_inet(const char *text)
{
    const char *colon = strrchr(text, ':');

    return colon != NULL && strchr(text, '/') == NULL && text[0] != '@' && colon[1] != '\0' &&
           colon[1 + strspn(colon + 1, "0123456789")] == '\0';
}

/* Refuse what is surely not meant as a path; NULL where TEXT may be one. */
static char *refuse_other(const struct config_key *key, const char *text)
{
    char *message = refuse_word(key, text);

    if (message == NULL && is_inet(text))
        message = refuse(key, text, "%s", of_inet);
    for (size_t i = 0; message == NULL && i < sizeof(beginnings) / sizeof(*beginnings); i++) {
        if (strncasecmp(text, beginnings[i].beginning, strlen(beginnings[i].beginning)) == 0)
            message = refuse(key, text, "%s", beginnings[i].reason);
    }
    if (message == NULL && key->kind == KIND_PATH && text[0] == '@')
        message =
            refuse(key, text, "is an abstract socket's name; a file of that name is './%s'", text);
    return message;
}

/* Return why there is no path from the working directory: it was removed, or cannot be read. */
static char *refuse_relative(const struct config_key *key, const char *text)
{
    const char *cause = strerror(errno);
    char directory[PATH_MAX];
    ssize_t length = readlink("/proc/self/cwd", directory, sizeof(directory) - 1);

    directory[length < 0 ? 0 : length] = '\0';
    return refuse(key, text, "is relative, and the working directory %s cannot be found: %s",
                  directory, cause);
}

char *config_path_make(const struct config_key *key, const char *text, char **path)
{
    bool is_absolute = text[0] == '/' || (key->kind == KIND_SOCKET && text[0] == '@');
    char directory[PATH_MAX], *message = is_absolute ? NULL : refuse_other(key, text);

    *path = NULL;
    if (message != NULL)
        return message;
    if (is_absolute)
        *path = strdup(text);
    else if (getcwd(directory, sizeof(directory)) == NULL)
        return refuse_relative(key, text);
    else if (asprintf(path, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory, text) < 0)
        *path = NULL;
    return NULL;
}
