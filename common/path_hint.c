/*
 * path_hint: see path_hint.h. Users are numbers, as a look-up of their names may wait for a
 * network.
 */
#include "common/path_hint.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *path_find_missing(const char *path, char missing[PATH_MAX])
{
    const char *slash = path;
    struct stat status;

    while ((slash = strchr(slash + 1, '/')) != NULL) {
        snprintf(missing, PATH_MAX, "%.*s", (int)(slash - path), path);
        if (stat(missing, &status) < 0)
            return errno == EACCES ? NULL : "does not exist";
        if (!S_ISDIR(status.st_mode))
            return "is not a directory";
    }
    return NULL;
}

static void explain_missing(const char *path, char *hint, size_t size)
{
    char missing[PATH_MAX];
    const char *reason = path_find_missing(path, missing);

    if (reason != NULL)
        snprintf(hint, size, ": the directory %s %s", missing, reason);
}

static void explain_owner(const char *path, char *hint, size_t size)
{
    char directory[PATH_MAX];
    struct stat status;

    if (lstat(path, &status) == 0) {
        if (status.st_uid != geteuid())
            snprintf(hint, size, ": it belongs to user %d", (int)status.st_uid);
        return;
    }
    snprintf(directory, sizeof(directory), "%s", path);
    if (stat(dirname(directory), &status) == 0 && status.st_uid != geteuid())
        snprintf(hint, size, ": its directory belongs to user %d", (int)status.st_uid);
}

const char *path_explain(const char *path, int error, char text[PATH_HINT_SIZE])
{
    int cause = errno;
    size_t length = (size_t)snprintf(text, PATH_HINT_SIZE, "%s", strerror(error));

    if (error == ENOENT || error == ENOTDIR)
        explain_missing(path, text + length, PATH_HINT_SIZE - length);
    else if (error == EACCES || error == EPERM)
        explain_owner(path, text + length, PATH_HINT_SIZE - length);
    errno = cause;
    return text;
}
