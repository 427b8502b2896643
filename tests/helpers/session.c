/*
 * session: whether a session is over, at a ninth of what ps(1) takes.
 *
 *   session PID
 *
 * Exit status 0: no process of the session that began with process PID is left but zombies, which
 * their parents have not reaped; 1: one is left.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/status.h"

enum { STATUS_LEFT = 1 };

/* Whether the process has ended: it is no more, or a zombie. Its name may have parentheses. */
static bool has_ended(pid_t pid)
{
    char path[64], stat[512];
    const char *name_end = NULL;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (file == NULL)
        return true;
    if (fgets(stat, sizeof(stat), file) != NULL)
        name_end = strrchr(stat, ')');
    fclose(file);
    return name_end == NULL || strncmp(name_end, ") Z", 3) == 0 || strncmp(name_end, ") X", 3) == 0;
}

int main(int argc, char **argv)
{
    DIR *processes = opendir("/proc");
    pid_t leader = argc == 2 ? (pid_t)atoi(argv[1]) : 0;
    const struct dirent *entry;
    int status = 0;

    log_init("session");
    if (leader <= 0)
        diex(STATUS_USAGE, "session PID");
    if (processes == NULL)
        die(STATUS_SYSTEM, "/proc");
    while (status == 0 && (entry = readdir(processes)) != NULL) {
        pid_t pid = (pid_t)atoi(entry->d_name);

        if (pid > 0 && getsid(pid) == leader && !has_ended(pid))
            status = STATUS_LEFT;
    }
    closedir(processes);
    return status;
}
