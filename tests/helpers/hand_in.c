/*
 * hand_in: start a program with sockets, as a service manager does (sd_listen_fds(3)).
 *
 *   hand_in NAME=ADDRESS,PORT... -- COMMAND...
 *
 * Each is a stream socket that listens; NAME may be empty.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/endpoint.h"
#include "common/log.h"

enum { FIRST_FD = 3, BACKLOG = 16, STATUS_WRONG_USE = 64, STATUS_FAILED = 71 };

static void hand_in(char *text, int number, FILE *names)
{
    const char *name = strsep(&text, "="), *address = strsep(&text, ",");
    struct endpoint endpoint;
    int fd;

    if (text == NULL)
        diex(STATUS_WRONG_USE, "%s: not NAME=ADDRESS,PORT", name);
    endpoint_set_inet(&endpoint, address, (uint16_t)atoi(text), SOCK_STREAM);
    fd = endpoint_bind(&endpoint);
    if (fd < 0 || listen(fd, BACKLOG) < 0)
        die(STATUS_FAILED, "cannot listen on %s", address);
    if (fd == number)
        fcntl(fd, F_SETFD, 0);
    else if (fcntl(fd, F_DUPFD, number) != number || close(fd) < 0)
        die(STATUS_FAILED, "cannot move a descriptor");
    if (names != NULL)
        fprintf(names, "%s%s", number > FIRST_FD ? ":" : "", name);
}

static void set_number(const char *name, int number)
{
    char text[16];

    snprintf(text, sizeof(text), "%d", number);
    setenv(name, text, 1);
}

int main(int argc, char **argv)
{
    char names[256];
    FILE *out = fmemopen(names, sizeof(names), "w");
    int i;

    log_init("hand_in");
    if (out == NULL)
        die(STATUS_FAILED, "no memory for the names");
    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        hand_in(argv[i], FIRST_FD + i - 1, out);
    if (i >= argc - 1)
        diex(STATUS_WRONG_USE, "no command");
    fclose(out);
    setenv("LISTEN_FDNAMES", names, 1);
    set_number("LISTEN_FDS", i - 1);
    set_number("LISTEN_PID", getpid());
    execvp(argv[i + 1], argv + i + 1);
    die(STATUS_FAILED, "cannot execute %s", argv[i + 1]);
}
