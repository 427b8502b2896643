/*
 * locate: see locate.h.
 */
#include "client/ctl/locate.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/control/session.h"
#include "common/config/config.h"
#include "common/log.h"
#include "common/text.h"

/* Print each line of ERRORS as a warning, and free ERRORS. */
static void warn_lines(char *errors)
{
    char *rest = errors;

    for (const char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (*line != '\0')
            warnx("warning: %s", line);
    }
    free(errors);
}

/* Returns what the configuration has for control, as locate_socket() does. */
static char *read_config(const struct ctl_options *options, bool quiet, int *status)
{
    const struct config_source source = {.file = options->config,
                                         .overrides = options->overrides.texts,
                                         .override_count = options->overrides.count};
    char *errors, *path;
    int found = config_find_control(&source, &path, &errors);

    *status = STATUS_CONFIG;
    if (path != NULL && errors != NULL && !quiet) {
        warn_lines(errors);
        return path;
    }
    if (path == NULL && errors != NULL)
        fputs(errors, stderr);
    if (path == NULL && found == 0)
        warnx("%s does not set control: its master has no control socket", options->config);
    free(errors);
    return path;
}

char *locate_socket(const struct ctl_options *options, const struct ctl_action *action, int *status)
{
    *status = STATUS_SYSTEM;
    if (options->config != NULL)
        return read_config(options, action->reads_file, status);
    return strdup(options->socket != NULL ? options->socket : LOCATE_DEFAULT);
}

/* Returns whether FILE, as the command line has it, is THEIRS, an absolute path. A file that was
 * replaced is another one than the master has read, but at the same path. */
static bool is_same_file(const char *file, const char *theirs)
{
    struct stat here, there;
    char directory[PATH_MAX], path[2 * PATH_MAX];

    if (stat(file, &here) == 0 && stat(theirs, &there) == 0)
        return here.st_dev == there.st_dev && here.st_ino == there.st_ino;
    if (file[0] == '/')
        return strcmp(file, theirs) == 0;
    if (getcwd(directory, sizeof(directory)) == NULL)
        return false;
    snprintf(path, sizeof(path), "%s/%s", directory, file);
    return strcmp(path, theirs) == 0;
}

/* Returns STATUS_OK where REPLY, to `ping`, names the configuration of OPTIONS. A master of an
 * earlier version names none. */
static int compare(const struct ctl_options *options, const char *path, char *reply)
{
    static const char fact[] = "config ";
    char theirs[PATH_MAX];

    for (const char *line; (line = strsep(&reply, "\n")) != NULL;) {
        if (strncmp(line, fact, strlen(fact)) != 0 ||
            is_same_file(options->config, line + strlen(fact)))
            continue;
        text_copy_printable(line + strlen(fact), theirs, sizeof(theirs));
        warnx("the master at %s runs %s, not %s; to command it all the same, use -s %s", path,
              theirs, options->config, path);
        return STATUS_CONFIG;
    }
    return STATUS_OK;
}

int locate_check(const struct ctl_options *options, const char *path)
{
    char *reply;
    int status;

    if (options->config == NULL)
        return STATUS_OK;
    status = (int)session_ask(path, "ping", options->timeout_ns, options->timeout_ns, &reply);
    if (status == STATUS_OK)
        status = compare(options, path, reply);
    else
        warnx("%s", reply == NULL ? strerror(ENOMEM) : reply);
    free(reply);
    return status;
}
