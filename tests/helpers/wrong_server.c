/*
 * wrong_server: a server with wrong replies, for the tests of what preforkload counts as an error.
 *
 *   wrong_server unix:PATH|inet:0 BACKLOG HOW
 *
 * Prints its endpoint as a line, and serves one client after the other. What it reads at once is a
 * request, and the right reply is each byte plus one. HOW:
 *
 *   right     it behaves                        short     all but the last byte, then it closes
 *   late:MS   right, after so long              reset     it closes with the request unread
 *   wrong     each byte plus two                silent    no reply
 *   extra     right, and one byte too many      deaf      it never accepts
 *   stale     the right reply to the request before this one, of any client
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/endpoint.h"
#include "common/log.h"
#include "common/status.h"

enum { REQUEST_MAX = 65536 };

struct request {
    unsigned char bytes[REQUEST_MAX + 1]; /* room for one too many */
    size_t size;
};

/* Each answers REQUEST on FD, and returns false to close the connection. */

static bool answer(int fd, struct request *request, int more)
{
    for (size_t i = 0; i < request->size; i++)
        request->bytes[i] = (unsigned char)(request->bytes[i] + more);
    return write(fd, request->bytes, request->size) == (ssize_t)request->size;
}

static bool answer_right(int fd, struct request *request)
{
    return answer(fd, request, 1);
}

static bool answer_wrong(int fd, struct request *request)
{
    return answer(fd, request, 2);
}

static bool answer_extra(int fd, struct request *request)
{
    request->bytes[request->size++] = '!';
    return answer(fd, request, 1);
}

static bool answer_short(int fd, struct request *request)
{
    request->size--;
    answer(fd, request, 1);
    return false;
}

static bool answer_not(int fd, struct request *request)
{
    (void)fd;
    (void)request;
    return true;
}

static bool answer_stale(int fd, struct request *request)
{
    static struct request former;
    struct request now = *request;
    bool answered = answer(fd, former.size > 0 ? &former : request, 1);

    former = now;
    return answered;
}

static int late_ms;

static bool answer_late(int fd, struct request *request)
{
    poll(NULL, 0, late_ms);
    return answer(fd, request, 1);
}

static const struct {
    const char *name;
    bool (*answer)(int fd, struct request *request); /* NULL: it does not even read */
} ways[] = {
    {"right", answer_right}, {"late:", answer_late},  {"wrong", answer_wrong},
    {"extra", answer_extra}, {"stale", answer_stale}, {"short", answer_short},
    {"reset", NULL},         {"silent", answer_not},
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

/* Close with unread bytes, which resets the connection on both kinds of socket. */
static void await_request(int fd)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};

    poll(&readable, 1, -1);
}

static void serve(int fd, int way)
{
    static struct request request;
    ssize_t got;

    if (ways[way].answer == NULL) {
        await_request(fd);
        return;
    }
    while ((got = read(fd, request.bytes, REQUEST_MAX)) > 0) {
        request.size = (size_t)got;
        if (!ways[way].answer(fd, &request))
            return;
    }
}

/* Returns the index of HOW in ways, or -1 where nothing is accepted. */
static int find_way(const char *how)
{
    if (strcmp(how, "deaf") == 0)
        return -1;
    for (int i = 0; i < WAYS; i++) {
        size_t length = strlen(ways[i].name);

        if (strncmp(ways[i].name, how, length) == 0) {
            late_ms = atoi(how + length);
            return i;
        }
    }
    diex(STATUS_USAGE, "%s: not a way to behave", how);
}

/* Returns a listener at WHERE, and prints its endpoint. */
static int listen_at(const char *where, int backlog)
{
    struct endpoint endpoint;
    char text[ENDPOINT_TEXT_SIZE];
    const char *why = strncmp(where, "unix:", 5) == 0
                          ? endpoint_set_path(&endpoint, where + 5, SOCK_STREAM)
                          : endpoint_set_inet(&endpoint, "127.0.0.1", 0, SOCK_STREAM);
    int fd;

    if (why != NULL)
        diex(STATUS_USAGE, "%s: %s", where, why);
    fd = endpoint_bind(&endpoint);
    if (fd < 0 || listen(fd, backlog) < 0)
        die(STATUS_SYSTEM, "%s", where);
    endpoint_print(&endpoint, text);
    puts(text);
    fflush(stdout);
    return fd;
}

static _Noreturn void serve_all(int listener, int way)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            die(STATUS_SYSTEM, "accept");
        serve(fd, way);
        close(fd);
    }
}

int main(int argc, char **argv)
{
    int listener, way;

    log_init("wrong_server");
    if (argc != 4)
        diex(STATUS_USAGE, "wrong_server unix:PATH|inet:0 BACKLOG HOW");
    signal(SIGPIPE, SIG_IGN); /* ignore clients that gave up */
    way = find_way(argv[3]);
    listener = listen_at(argv[1], atoi(argv[2]));
    if (way >= 0)
        serve_all(listener, way);
    pause();
    return STATUS_OK;
}
