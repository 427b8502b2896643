/*
 * Unit tests of server/worker/connection: a service reads, answers, sends and concludes by the
 * operations alone; a deadline cuts the connection that it is meant for, as its service says.
 */
#include "server/worker/connection/connection.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/worker/connection/cut.h"
#include "tests/unit/tap.h"

static struct pool_config config = {
    .name = "main", .mode = MODE_UNIX, .requests_per_connection = 2};
static struct worker_page page;
static struct pool_hints hints;
static struct connection connection;
static int client; /* the other end of the connection that is served */
static int cut_fd; /* what cut_by_service() was called with */

/* Serve a connection whose client sends TEXT first. The descriptor `client` can be read
 * afterwards. */
static void serve(const struct service *service, const char *text)
{
    int ends[2];

    connection_init(&connection, &config, service, &page, &hints, 0, -1);
    memset(&page, 0, sizeof(page));
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 ||
        write(ends[1], text, strlen(text)) != (ssize_t)strlen(text))
        _exit(1);
    client = ends[1];
    connection_serve(&connection, ends[0]);
}

/* What the client receives until the end of the connection. */
static const char *received(void)
{
    static char text[64];
    ssize_t got = read(client, text, sizeof(text) - 1);

    text[got < 0 ? 0 : got] = '\0';
    if (got > 0 && read(client, text + got, 1) != 0)
        strcpy(text, "no end of file");
    close(client);
    return text;
}

static void shout(struct preforkd_connection *served, const struct preforkd_operations *ops)
{
    char bytes[4];
    size_t size = ops->request(served, bytes, sizeof(bytes));

    is_number(size, sizeof(bytes), "a request is one read, of at most the size of the buffer");
    is_number(ops->send(served, ">", 1), 0, "what answers no request is sent");
    is_number(ops->answer(served, bytes, size), 0,
              "after the first of two answers there is more to do");
    size = ops->request(served, bytes, sizeof(bytes));
    is_number(ops->answer(served, bytes, size), -1, "after the last answer there is not");
    is_number(ops->request(served, bytes, sizeof(bytes)), 0, "and no request comes");
}

static void greet(struct preforkd_connection *served, const struct preforkd_operations *ops)
{
    socklen_t length = 1;

    ok(ops->peer(served, &length) == NULL && length == 0, "an address that is not known is NULL");
    page.peer_length = sizeof(page.peer.any.sa_family);
    ok(ops->peer(served, &length) == &page.peer.any, "one of a family alone is there");
    ops->conclude(served, "good bye", 8);
}

static void be_cut(struct preforkd_connection *served, const struct preforkd_operations *ops)
{
    char byte;

    connection_cut(service_connection(served), atomic_load(&page.connection) + 1);
    is_number(ops->request(served, &byte, 1), 1, "the deadline of another connection does nothing");
    connection_cut(service_connection(served), atomic_load(&page.connection));
    is_number(ops->request(served, &byte, 1), 0, "a connection that was cut has no request");
    is_number(ops->send(served, &byte, 1), -1, "nor can anything be sent");
    connection_cut(service_connection(served), atomic_load(&page.connection));
}

static void cut_by_service(int fd)
{
    cut_fd = fd;
}

static void test_operations(void)
{
    static const struct service shouting = {.name = "shouting", .stream = shout};
    static const struct service greeting = {.name = "greeting", .stream = greet};

    serve(&shouting, "request");
    is_text(received(), ">request", "the client has all of it, and the end");
    is_number(counter_read(&page.counters.requests), 2, "two requests are counted");
    is_number(counter_read(&page.counters.bytes_in), 7, "and their bytes");
    is_number(counter_read(&page.counters.bytes_out), 8, "and all that was sent");
    is_number(counter_read(&page.counters.accepted), 1, "in one connection");
    is_number(atomic_load(&page.connection), 0, "which is no longer active");
    serve(&greeting, "");
    is_text(received(), "good bye", "a service concludes without a request");
}

static void test_cut(void)
{
    static const struct service usual = {.name = "usual", .stream = be_cut};
    static const struct service own = {.name = "own", .stream = be_cut, .cut = cut_by_service};

    serve(&usual, "A");
    is_text(received(), "", "the client sees the end of the connection");
    is_number(counter_read(&page.counters.timeouts), 1, "it counts once, however often it is cut");
    cut_fd = -1;
    serve(&own, "A");
    close(client);
    ok(cut_fd >= 0, "the cut of a service that has one is called with the descriptor");
    is_number(counter_read(&page.counters.timeouts), 1, "that counts as well");
    cut_fd = -1;
    connection_cut(&connection, 1);
    is_number(cut_fd, -1, "a deadline that comes after the close cuts nothing");
}

int main(void)
{
    test_operations();
    test_cut();
    return tap_end();
}
