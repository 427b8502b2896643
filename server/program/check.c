/*
 * check: see check.h.
 */
#include "server/program/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
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
 * name; or NULL, and PROGRAM is what the kernel executes in the end. */
static const char *refuse_interpreter(const char *path, char name[FIRST_LINE_SIZE],
                                      char program[PATH_MAX])
{
    const char *reason = NULL;

    snprintf(program, PATH_MAX, "%s", path);
    for (int i = 0; i < SCRIPTS_MAX && reason == NULL && find_interpreter(program, name); i++) {
        reason = refuse_file(name);
        snprintf(program, PATH_MAX, "%s", name);
    }
    return reason;
}

/* Read SIZE bytes at OFFSET of a file. Returns whether there are as many. */
static bool read_at(int fd, void *bytes, size_t size, uint64_t offset)
{
    return pread(fd, bytes, size, (off_t)offset) == (ssize_t)size;
}

/* Return whether a program of MACHINE is one for this machine, as the kernel's own page in this
 * process is (vdso(7)); another one binfmt_misc may run, with a loader elsewhere. */
static bool is_native(unsigned int machine)
{
    const ElfW(Ehdr) *own = (const void *)getauxval(AT_SYSINFO_EHDR);

    return own == NULL || own->e_machine == machine;
}

/* Write to NAME the loader of the ELF program in FD. Returns whether it has one. */
static bool read_loader(int fd, char name[FIRST_LINE_SIZE])
{
    ElfW(Ehdr) head;
    ElfW(Phdr) part;

    if (!read_at(fd, &head, sizeof(head), 0) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
        head.e_phentsize != sizeof(part) || !is_native(head.e_machine))
        return false; /* no program, or one for another kind of machine */
    for (unsigned int i = 0; i < head.e_phnum; i++) {
        if (!read_at(fd, &part, sizeof(part), head.e_phoff + i * sizeof(part)))
            return false;
        if (part.p_type != PT_INTERP)
            continue;
        name[part.p_filesz < FIRST_LINE_SIZE ? part.p_filesz : 0] = '\0';
        return part.p_filesz < FIRST_LINE_SIZE &&
               read_at(fd, name, (size_t)part.p_filesz, part.p_offset);
    }
    return false;
}

/* Check the loader that PROGRAM needs, which the command NAME is, or begins with: a root directory
 * is apt to have the program alone. Returns as program_check(). */
static const char *check_loader(const char *name, const char *program,
                                char text[PROGRAM_CHECK_SIZE])
{
    char loader[FIRST_LINE_SIZE];
    int fd = open(program, O_RDONLY | O_CLOEXEC);
    const char *reason = NULL;

    if (fd < 0)
        return NULL;
    if (read_loader(fd, loader))
        reason = refuse_file(loader);
    close(fd);
    if (reason == NULL)
        return NULL;
    snprintf(text, PROGRAM_CHECK_SIZE, "command '%.160s' needs the loader '%.160s': %s", name,
             loader, reason);
    return text;
}

/* Check the program of WORDS. Returns as program_check(). */
static const char *check_command(char *const *words, char text[PROGRAM_CHECK_SIZE])
{
    const char *name = words[0] == NULL ? "" : words[0];
    const char *reason = refuse_file(name);
    char interpreter[FIRST_LINE_SIZE], program[PATH_MAX];

    if (reason != NULL) {
        snprintf(text, PROGRAM_CHECK_SIZE, "command '%.255s' %s%s", name,
                 strncmp(reason, "is ", 3) == 0 ? "" : "cannot be executed: ", reason);
        return text;
    }
    reason = refuse_interpreter(name, interpreter, program);
    if (reason == NULL)
        return check_loader(name, program, text);
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

    const char *reason = NULL;

    if (stat(path, &status) < 0 || (S_ISDIR(status.st_mode) && access(path, X_OK) < 0))
        reason = strerror(errno);
    else if (!S_ISDIR(status.st_mode))
        reason = "is not a directory";
    if (reason == NULL)
        return NULL;
    snprintf(text, PROGRAM_CHECK_SIZE, "directory '%.255s': %s", path, reason);
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
