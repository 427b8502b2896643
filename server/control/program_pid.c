/*
 * program_pid: see program_pid.h.
 */
#include "server/control/program_pid.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

pid_t program_pid(pid_t worker)
{
    char path[64], text[32];
    ssize_t got;
    int fd, pid;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)worker, (int)worker);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    got = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    pid = atoi(text);
    return pid > 0 ? pid : -1;
}
