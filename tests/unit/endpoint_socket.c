/*
 * Unit tests of common/endpoint, the sockets: what is bound can be reached where it says, and a
 * full queue is waited for no longer than asked.
 */
#include "common/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/unit/tap.h"

/* Bind, listen, connect, and compare the addresses of both ends. */
static void test_binding(const char *name, struct endpoint *endpoint)
{
    int listener = endpoint_bind(endpoint), call = -1, flags;
    struct endpoint target = *endpoint;

    ok(listener >= 0, "%s can be bound", name);
    if (listener < 0)
        return;
    ok(endpoint_is_unix(endpoint) || endpoint_port(endpoint) != 0, "%s says the port it got", name);
    flags = fcntl(listener, F_GETFD);
    ok(flags >= 0 && (flags & FD_CLOEXEC) != 0, "%s is close-on-exec", name);
    if (target.wildcard)
        endpoint_set_inet(&target, "127.0.0.1", endpoint_port(endpoint), SOCK_STREAM);
    ok(listen(listener, 1) == 0, "%s can listen", name);
    call = endpoint_connect(&target, NS_PER_S);
    ok(call >= 0, "%s can be called", name);
    flags = fcntl(call, F_GETFL);
    ok(flags >= 0 && (flags & O_NONBLOCK) == 0, "%s is called by a blocking socket", name);
    close(call);
    errno = 0;
    ok(endpoint_bind(&target) < 0 && errno == EADDRINUSE, "%s cannot be bound twice", name);
    close(listener);
}

static void test_sockets(void)
{
    struct endpoint endpoint;
    char name[64];

    endpoint_set_inet(&endpoint, "127.0.0.1", 0, SOCK_STREAM);
    test_binding("IPv4", &endpoint);
    endpoint_set_inet(&endpoint, "*", 0, SOCK_STREAM);
    test_binding("the wildcard", &endpoint);
    ok(endpoint.wildcard, "the wildcard stays one");
    snprintf(name, sizeof(name), "@preforkd-unit-%d", (int)getpid());
    endpoint_set_path(&endpoint, name, SOCK_STREAM);
    test_binding("an abstract name", &endpoint);
    is_number(endpoint_connect(&endpoint, NS_PER_S), -1, "a closed one refuses");
    is_number(errno, ECONNREFUSED, "and says so");
}

/* bind(2) takes a path without its NUL, for which the kernel has room behind sun_path (unix(7)). */
static void test_path_without_end(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct endpoint endpoint;
    char path[sizeof(address.sun_path) + 1] = "", name[32];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(name, sizeof(name), "preforkd-unit-%d", (int)getpid());
    memset(path, 'n', sizeof(address.sun_path));
    memcpy(path, name, strlen(name));
    memcpy(address.sun_path, path, sizeof(address.sun_path));
    ok(fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0,
       "a path that fills sun_path can be bound");
    ok(endpoint_of_socket(&endpoint, fd) == 0 && endpoint_is_valid(&endpoint), "and is read");
    is_text(endpoint_path(&endpoint), path, "to its end");
    endpoint.length--;
    ok(!endpoint_is_valid(&endpoint), "without its NUL it is none");
    unlink(path);
    close(fd);
}

static void test_full_queue(void)
{
    struct endpoint endpoint;
    char name[64];
    int listener, first;
    int64_t began_ns = clock_now_ns();

    snprintf(name, sizeof(name), "@preforkd-unit-full-%d", (int)getpid());
    endpoint_set_path(&endpoint, name, SOCK_STREAM);
    listener = endpoint_bind(&endpoint);
    ok(listen(listener, 0) == 0, "a unix listener with the shortest queue");
    first = endpoint_connect(&endpoint, NS_PER_S);
    ok(first >= 0, "takes one");
    errno = 0;
    ok(endpoint_connect(&endpoint, 50 * NS_PER_MS) < 0 && errno == ETIMEDOUT,
       "the next one waits, and fails with ETIMEDOUT");
    ok(clock_now_ns() - began_ns >= 50 * NS_PER_MS, "not before its time");
    errno = 0;
    ok(endpoint_connect(&endpoint, 0) < 0 && errno == ETIMEDOUT,
       "with no time left it fails at once");
    close(first);
    close(listener);
}

int main(void)
{
    alarm(20); /* a wait that does not end fails the test */
    test_sockets();
    test_path_without_end();
    test_full_queue();
    return tap_end();
}
