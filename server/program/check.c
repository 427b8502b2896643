/*
 * check: see check.h.
 */
#include "server/program/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config/words.h"

/* The kernel reads so much of a script's first line, and follows so many scripts whose interpreter
 * is a script itself (execve(2)). */
enum { FIRST_LINE_SIZE = 256, SCRIPTS_MAX = 5 };

/* Return why PATH is no program that can be executed, or NULL. */
static const char *refuse_file(const char *path)
{
    struct stat status;

    if (path[0] != '/')
        return strchr(path, '/') == NULL ? "is not found in PATH"
                                         : "is relative, and the working directory cannot be found";
    if (stat(path, &status) < 0)
        return strerror(errno);
    if (S_ISDIR(status.st_mode))
        return "is a directory";
    if (!S_ISREG(status.st_mode))
        return "is not a file";
    if (access(path, X_OK) < 0)
        return errno == EACCES ? "is not executable" : strerror(errno);
    return NULL;
}

/* Write to NAME the interpreter in the first line of the script PATH. Returns whether it is one. */
static bool find_interpreter(const char *path, char name[FIRST_LINE_SIZE])
{
    char line[FIRST_LINE_SIZE] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;
    const char *begin;

    if (fd < 0)
        return false;
    got = read(fd, line, sizeof(line) - 1);
    close(fd);
    if (got < 2 || line[0] != '#' || line[1] != '!')
        return false;
    begin = line + 2 + strspn(line + 2, " \t");
    snprintf(name, FIRST_LINE_SIZE, "%.*s", (int)strcspn(begin, " \t\n"), begin);
    return name[0] == '/';
}

/* Return why the interpreter of the script PATH, or that one's, cannot be executed, and write its
 * name; or NULL. */
static const char *refuse_interpreter(const char *path, char name[FIRST_LINE_SIZE])
{
    char script[PATH_MAX];
    const char *reason = NULL;

    snprintf(script, sizeof(script), "%s", path);
    for (int i = 0; i < SCRIPTS_MAX && reason == NULL && find_interpreter(script, name); i++) {
        reason = refuse_file(name);
        snprintf(script, sizeof(script), "%s", name);
    }
    return reason;
}

/* Check the program of WORDS. Returns as program_check(). */
static const char *check_command(char *const *words, char text[PROGRAM_CHECK_SIZE])
{
    const char *name = words[0] == NULL ? "" : words[0];
    const char *reason = refuse_file(name);
    char interpreter[FIRST_LINE_SIZE];

    if (reason != NULL) {
        snprintf(text, PROGRAM_CHECK_SIZE, "command '%.255s' %s%s", name,
                 strncmp(reason, "is ", 3) == 0 ? "" : "cannot be executed: ", reason);
        return text;
    }
    reason = refuse_interpreter(name, interpreter);
    if (reason == NULL)
        return NULL;
    if (interpreter[strlen(interpreter) - 1] == '\r')
        snprintf(text, PROGRAM_CHECK_SIZE, "command '%.255s': its lines end in CR LF", name);
    else
        snprintf(text, PROGRAM_CHECK_SIZE, "command '%.160s': its first line names '%.160s': %s",
                 name, interpreter, reason);
    return text;
}

static const char *check_directory(const char *path, char text[PROGRAM_CHECK_SIZE])
{
    struct stat status;

    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return NULL;
    snprintf(text, PROGRAM_CHECK_SIZE, "directory '%.255s': %s", path,
             stat(path, &status) == 0 ? "is not a directory" : strerror(errno));
    return text;
}

const char *program_check(const struct pool_config *pool, const char **key,
                          char text[PROGRAM_CHECK_SIZE])
{
    char **words = config_words(pool->command);
    const char *wrong;

    if (words == NULL)
        return NULL;
    *key = "command";
    wrong = check_command(words, text);
    free(words);
    if (wrong != NULL)
        return wrong;
    *key = "directory";
    return check_directory(pool->directory, text);
}

/* Return what the beginning of the file PATH says against it, or NULL. */
static const char *doubt_beginning(const char *path)
{
    char begin[4] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return "cannot be read: if it is a script, its interpreter will fail";
    if (read(fd, begin, sizeof(begin)) < 0)
        begin[0] = '\0';
    close(fd);
    return memcmp(begin, "#!", 2) == 0 || memcmp(begin, "\177ELF", 4) == 0
               ? NULL
               : "has no first line '#!/...' and is no ELF program: the kernel may not know it";
}

const char *program_doubt(const struct pool_config *pool, char text[PROGRAM_CHECK_SIZE])
{
    char **words = config_words(pool->command);
    const char *doubt = words == NULL || words[0] == NULL ? NULL : doubt_beginning(words[0]);

    if (doubt != NULL)
        snprintf(text, PROGRAM_CHECK_SIZE, "command '%.255s' %s", words[0], doubt);
    free(words);
    return doubt == NULL ? NULL : text;
}
