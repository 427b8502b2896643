/*
 * Unit tests of client/web/request and accept: what a request is, what is malformed, and which
 * format a client would rather have.
 */
#include "client/web/request.h"

#include <stdlib.h>

#include "common/text.h"
#include "tests/unit/tap.h"

enum { TITLE_SIZE = 80 };

/* Parse TEXT, SIZE bytes, in memory of that size. A complete one's path is put in PATH. */
static enum request_verdict parse(const char *text, size_t size, struct request *request,
                                  char path[REQUEST_SIZE_MAX])
{
    char *bytes = malloc(size + (size == 0));
    enum request_verdict verdict;

    if (bytes == NULL)
        abort();
    memcpy(bytes, text, size);
    verdict = request_parse(bytes, size, request);
    if (verdict == REQUEST_COMPLETE) {
        memcpy(path, request->path, request->path_length);
        path[request->path_length] = '\0';
    }
    free(bytes);
    return verdict;
}

/* TEXT is the request for PATH. */
static struct request check(const char *text, const char *path)
{
    struct request request;
    char got[REQUEST_SIZE_MAX] = "", title[TITLE_SIZE];

    text_copy_printable(text, title, sizeof(title));
    ok(parse(text, strlen(text), &request, got) == REQUEST_COMPLETE, "complete: %s", title);
    is_text(got, path, "the path of %s", title);
    is_number((int64_t)request.length, (int64_t)strlen(text), "the length of %s", title);
    return request;
}

static void check_malformed(const char *text)
{
    struct request request;
    char path[REQUEST_SIZE_MAX], title[TITLE_SIZE];

    text_copy_printable(text, title, sizeof(title));
    ok(parse(text, strlen(text), &request, path) == REQUEST_MALFORMED, "malformed: %s", title);
}

#define HOST "Host: a\r\n\r\n"

static void test_first_lines(void)
{
    struct request request = check("GET / HTTP/1.1\r\n" HOST, "/");

    ok(request.is_get && !request.is_head && request.keeps && !request.has_body, "what a GET is");
    request = check("HEAD /metrics?a=/b HTTP/1.1\r\n" HOST, "/metrics");
    ok(request.is_head && !request.is_get, "what a HEAD is");
    request = check("POST /x HTTP/1.1\r\n" HOST, "/x");
    ok(!request.is_head && !request.is_get, "another method");
    check("GET /../%2e%2e/etc HTTP/1.1\r\n" HOST, "/../%2e%2e/etc");
    check("\r\n\r\nGET /a HTTP/1.1\r\n" HOST, "/a");
    check("GET http://a:80/b?c HTTP/1.1\r\n" HOST, "/b");
    check("GET HTTP://a HTTP/1.1\r\n" HOST, "/");
    check("GET http://a?/b HTTP/1.1\r\n" HOST, "/");
    check("OPTIONS * HTTP/1.1\r\n" HOST, "*");
    check_malformed("GET / HTTP/1.1\n" HOST);
    check_malformed("\nGET / HTTP/1.1\r\n" HOST);
    check_malformed("GET  / HTTP/1.1\r\n" HOST);
    check_malformed("GET / HTTP/1.1 \r\n" HOST);
    check_malformed("GET / HTTP/2.0\r\n" HOST);
    check_malformed("GET / http/1.1\r\n" HOST);
    check_malformed("GET /\r\n" HOST);
    check_malformed(" / HTTP/1.1\r\n" HOST);
    check_malformed("G(T / HTTP/1.1\r\n" HOST);
    check_malformed("GET / /a HTTP/1.1\r\n" HOST);
    check_malformed("GET a HTTP/1.1\r\n" HOST);
    check_malformed("GET ? HTTP/1.1\r\n" HOST);
    check_malformed("CONNECT a:80 HTTP/1.1\r\n" HOST);
    check_malformed("GET /#a HTTP/1.1\r\n" HOST);
    check_malformed("GET /\tb HTTP/1.1\r\n" HOST);
    check_malformed("GET /\xc3\xa4 HTTP/1.1\r\n" HOST);
}

/* TEXT, the head of a request, is for the host NAME. */
static void check_host(const char *text, const char *name)
{
    struct request request;
    char title[TITLE_SIZE], got[TITLE_SIZE] = "malformed";

    text_copy_printable(text, title, sizeof(title));
    if (request_parse(text, strlen(text), &request) == REQUEST_COMPLETE)
        snprintf(got, sizeof(got), "%.*s", (int)request.host.length,
                 request.host.length == 0 ? "" : request.host.name);
    is_text(got, name, "the host of %s", title);
}

static void test_hosts(void)
{
    check_host("GET / HTTP/1.1\r\nHost:\tb.c:80 \r\n\r\n", "b.c");
    check_host("GET / HTTP/1.1\r\nhost: [::1]\r\n\r\n", "::1");
    check_host("GET / HTTP/1.0\r\nHost: b\r\n\r\n", "b");
    check_host("GET / HTTP/1.0\r\n\r\n", "");
    check_host("GET / HTTP/1.1\r\nHost:\r\n\r\n", "");
    check_host("GET http://b:80/ HTTP/1.1\r\n" HOST, "b");
    check_host("GET http://[::1]?a HTTP/1.1\r\n" HOST, "::1");
    check_host("GET http://b HTTP/1.0\r\n\r\n", "b");
    check_malformed("GET http:///x HTTP/1.1\r\n" HOST);
    check_malformed("GET http://:80/ HTTP/1.1\r\n" HOST);
    check_malformed("GET http://b@a/ HTTP/1.1\r\n" HOST);
    check_malformed("GET http://a/ HTTP/1.1\r\n\r\n");
    check_malformed("GET http://a/ HTTP/1.1\r\nHost: b@a\r\n\r\n");
    check_malformed("GET / HTTP/1.1\r\nHost: a/\r\n\r\n");
    check_malformed("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n");
    check_malformed("GET / HTTP/1.1\r\nHost:\r\nHost:\r\n\r\n");
}

static void test_zero(void)
{
    static const char in_path[] = "GET /\0 HTTP/1.1\r\n" HOST;
    static const char in_method[] = "GE\0T / HTTP/1.1\r\n" HOST;
    static const char in_name[] = "GET / HTTP/1.1\r\nA\0: b\r\n" HOST;
    static const char in_value[] = "GET / HTTP/1.1\r\nA: \0b\r\n" HOST;
    char path[REQUEST_SIZE_MAX];
    struct request request;

    ok(parse(in_path, sizeof(in_path) - 1, &request, path) == REQUEST_MALFORMED &&
           parse(in_method, sizeof(in_method) - 1, &request, path) == REQUEST_MALFORMED &&
           parse(in_name, sizeof(in_name) - 1, &request, path) == REQUEST_MALFORMED &&
           parse(in_value, sizeof(in_value) - 1, &request, path) == REQUEST_MALFORMED,
       "a byte 0 is malformed wherever it is");
}

#define LINE "GET / HTTP/1.1\r\nHost: a\r\n"

static void test_headers(void)
{
    ok(!check(LINE "Connection: x , Close\r\n\r\n", "/").keeps, "close among others");
    ok(!check(LINE "connection: close\r\nConnection: keep-alive\r\n\r\n", "/").keeps,
       "close beats keep-alive");
    ok(!check("GET / HTTP/1.0\r\n\r\n", "/").keeps, "HTTP/1.0 closes");
    ok(check("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "/").keeps, "unless it is asked");
    ok(!check(LINE "Content-Length: 00\r\n\r\n", "/").has_body, "a body of no byte is none");
    ok(check(LINE "Content-Length:10\r\n\r\n", "/").has_body, "a body");
    ok(check(LINE "Transfer-Encoding: chunked\r\n\r\n", "/").has_body, "a body in chunks");
    check(LINE "A:\r\nB: \t \r\nC: \xff\r\n\r\n", "/");
    check_malformed("GET / HTTP/1.1\r\n\r\n");
    check_malformed(LINE "Host: b\r\n\r\n");
    check_malformed("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n");
    check_malformed(LINE "Content-Length: 1\r\nContent-Length: 1\r\n\r\n");
    check_malformed(LINE "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
    check_malformed(LINE "Content-Length: -1\r\n\r\n");
    check_malformed(LINE "Content-Length:\r\n\r\n");
    check_malformed(LINE "A : b\r\n\r\n");
    check_malformed(LINE "A: b\r\n c\r\n\r\n");
    check_malformed(LINE ": b\r\n\r\n");
    check_malformed(LINE "A\r\n\r\n");
    check_malformed(LINE "A: b\rc\r\n\r\n");
    check_malformed(LINE "A: b\n\r\n");
    check_malformed(LINE "A: \x7f\r\n\r\n");
}

/* Each piece of a request is incomplete, and what follows it changes nothing. */
static void test_pieces(void)
{
    static const char two[] = LINE "Connection: close\r\n\r\nGET /b HTTP/1.1\r\n" HOST;
    const size_t first = sizeof(LINE "Connection: close\r\n\r\n") - 1;
    struct request request;
    char path[REQUEST_SIZE_MAX];
    bool right = true;

    for (size_t size = 0; size < sizeof(two); size++) {
        enum request_verdict verdict = parse(two, size, &request, path);

        right = right && verdict == (size < first ? REQUEST_INCOMPLETE : REQUEST_COMPLETE);
        right = right && (size < first || (request.length == first && !request.keeps));
    }
    ok(right, "a request in pieces, and another one behind it");
}

static void test_sizes(void)
{
    static const char begin[] = LINE "A: ", end[] = "\r\n\r\n";
    char text[REQUEST_SIZE_MAX + 1], path[REQUEST_SIZE_MAX];
    struct request request;

    memset(text, 'x', sizeof(text));
    memcpy(text, begin, sizeof(begin) - 1);
    ok(parse(text, REQUEST_SIZE_MAX - 1, &request, path) == REQUEST_INCOMPLETE &&
           parse(text, REQUEST_SIZE_MAX, &request, path) == REQUEST_MALFORMED,
       "a head that does not end within its limit");
    memcpy(text + REQUEST_SIZE_MAX - (sizeof(end) - 1), end, sizeof(end) - 1);
    ok(parse(text, REQUEST_SIZE_MAX, &request, path) == REQUEST_COMPLETE &&
           request.length == REQUEST_SIZE_MAX,
       "the longest head");
    memset(text, 'x', sizeof(text));
    memcpy(text, begin, sizeof(begin) - 1);
    memcpy(text + sizeof(text) - (sizeof(end) - 1), end, sizeof(end) - 1);
    ok(parse(text, sizeof(text), &request, path) == REQUEST_MALFORMED, "one byte more");
}

static void check_accept(const char *value, bool open)
{
    struct accept accept = {0};

    accept_add(&accept, value, strlen(value));
    ok(accept_prefers_openmetrics(&accept) == open, "%s for '%s'",
       open ? "OpenMetrics" : "plain text", value);
}

static void test_accept(void)
{
    struct accept accept = {0};

    check_accept("", false);
    check_accept("*/*", false);
    check_accept("text/plain", false);
    check_accept("text/html,application/xhtml+xml,*/*;q=0.8", false);
    check_accept("application/openmetrics-text", true);
    check_accept("Application/OpenMetrics-Text ; version=1.0.0 ; charset=utf-8 , */*", true);
    check_accept("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                 "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.3,"
                 "*/*;q=0.2",
                 true);
    check_accept("application/openmetrics-text;q=0.3,text/plain;q=0.301", false);
    check_accept("application/openmetrics-text;q=0,*/*;q=0", false);
    check_accept("application/openmetrics-text;Q=1.000,text/plain", true);
    check_accept("application/openmetrics-text;q=2", false);
    check_accept("application/openmetrics-text;q=0.1234", false);
    check_accept("application/openmetrics-text;q=", false);
    check_accept("application/openmetrics-text;q=1x", false);
    check_accept(",;,;q=1,application/openmetrics-textual", false);
    accept_add(&accept, "text/plain;q=0.5", strlen("text/plain;q=0.5"));
    accept_add(&accept, "application/openmetrics-text", strlen("application/openmetrics-text"));
    ok(accept_prefers_openmetrics(&accept), "two headers are one list");
}

int main(void)
{
    test_first_lines();
    test_hosts();
    test_zero();
    test_headers();
    test_pieces();
    test_sizes();
    test_accept();
    return tap_end();
}
