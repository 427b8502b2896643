/*
 * relay: the barest relay between clients and a program that is started ahead, one way, as the
 * measure of what preforkd's adds. For each client it moves bytes by splice(2) through a pipe of
 * 256 KiB, and nothing else: it blocks in each call, watches nothing, and serves one at a time.
 *
 *   relay up|down PROGRAM [ARGUMENT...]
 *
 *   up     the client's bytes to the program; at their end, what the program writes goes back
 *   down   the client's first line to the program, then the program's bytes to the client
 *
 * It prints the port of 127.0.0.1 on which it listens, and ends at SIGTERM.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIPE_SIZE = 256 * 1024, LINE_SIZE = 64, CLIENTS_AT_ONCE = 8 };

static int fail(const char *what)
{
    perror(what);
    return EXIT_FAILURE;
}

/* Start PROGRAM; its standard input and output are *FD. Returns 0, or -1. */
static int start(char **program, int *fd)
{
    int pair[2];
    pid_t child;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    child = fork();
    if (child == 0) {
        if (dup2(pair[1], STDIN_FILENO) >= 0 && dup2(pair[1], STDOUT_FILENO) >= 0)
            execvp(program[0], program);
        _exit(EXIT_FAILURE);
    }
    close(pair[1]);
    *fd = pair[0];
    return child < 0 ? -1 : 0;
}

/* Move bytes until the end of file. */
static void move(int from, int to, const int *through)
{
    for (;;) {
        ssize_t left = splice(from, NULL, through[1], NULL, PIPE_SIZE, SPLICE_F_MOVE);

        if (left <= 0)
            return;
        while (left > 0) {
            ssize_t moved = splice(through[0], NULL, to, NULL, (size_t)left, SPLICE_F_MOVE);

            if (moved <= 0)
                return;
            left -= moved;
        }
    }
}

static void pass_line(int from, int to)
{
    char line[LINE_SIZE];
    ssize_t length = recv(from, line, sizeof(line), 0);

    if (length > 0)
        send(to, line, (size_t)length, MSG_NOSIGNAL);
}

static int serve(int client, int program, bool is_up)
{
    int through[2];

    if (pipe2(through, O_CLOEXEC) < 0)
        return -1;
    fcntl(through[0], F_SETPIPE_SZ, PIPE_SIZE);
    if (is_up) {
        move(client, program, through);
        shutdown(program, SHUT_WR);
    } else {
        pass_line(client, program);
    }
    move(program, client, through);
    close(through[0]);
    close(through[1]);
    return 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int client, program;

    if (argc < 3)
        return EXIT_FAILURE;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 ||
        listen(listener, CLIENTS_AT_ONCE) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) < 0)
        return fail("cannot listen");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    signal(SIGCHLD, SIG_IGN); /* programs are reaped by the kernel */
    while (start(argv + 2, &program) == 0) {
        client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0 || serve(client, program, strcmp(argv[1], "up") == 0) < 0)
            return fail("cannot serve");
        close(client);
        close(program);
    }
    return fail("cannot start the program");
}
