/*
 * request: see request.h. A path is compared with those that there are, as it was sent: nothing
 * here decodes it, removes a `..` from it, or makes a file name of it.
 */
#include "client/web/request.h"

#include <string.h>
#include <strings.h>

#include "common/text.h"

/* What is parsed, and what was found. */
struct parser {
    const char *at, *end;
    struct request *request;
    size_t hosts, lengths, codings; /* how many headers of each */
    bool has_line, is_old;          /* the first line was there; it says HTTP/1.0 */
    bool closes, stays;             /* what the header Connection asks for */
};

/* LENGTH bytes, such as a word. */
struct span {
    const char *bytes;
    size_t length;
};

static bool is_equal(struct span span, const char *text)
{
    return span.length == strlen(text) && memcmp(span.bytes, text, span.length) == 0;
}

static bool is_name(struct span span, const char *text)
{
    return span.length == strlen(text) && strncasecmp(span.bytes, text, span.length) == 0;
}

/* Returns whether SPAN is a token (RFC 9110, 5.6.2). */
static bool is_token(struct span span)
{
    return text_consists_of(span.bytes, span.length, "!#$%&'*+-.^_`|~");
}

/* Take LENGTH bytes off the front of SPAN. */
static struct span cut(struct span *span, size_t length)
{
    struct span front = {span->bytes, length};

    span->bytes += length;
    span->length -= length;
    return front;
}

/* Take what is in front of the next SEPARATOR off LINE. Without one, that is all of it. */
static struct span take(struct span *line, char separator)
{
    const char *found = memchr(line->bytes, separator, line->length);
    struct span part = cut(line, found == NULL ? line->length : (size_t)(found - line->bytes));

    if (found != NULL)
        cut(line, 1);
    return part;
}

static struct span trim(struct span span)
{
    while (span.length > 0 && (span.bytes[0] == ' ' || span.bytes[0] == '\t')) {
        span.bytes++;
        span.length--;
    }
    while (span.length > 0 &&
           (span.bytes[span.length - 1] == ' ' || span.bytes[span.length - 1] == '\t'))
        span.length--;
    return span;
}

/* Take `http://` off the front of TARGET, as a proxy is asked. Returns whether it was there. */
static bool take_scheme(struct span *target)
{
    static const char scheme[] = "http://";

    if (target->length <= strlen(scheme) || strncasecmp(target->bytes, scheme, strlen(scheme)) != 0)
        return false;
    cut(target, strlen(scheme));
    return true;
}

/* Take the host off the front of TARGET. Returns false if it is malformed. */
static bool take_authority(struct span *target, struct host *host)
{
    struct span authority;
    size_t length = 0;

    while (length < target->length && strchr("/?", target->bytes[length]) == NULL)
        length++;
    authority = cut(target, length);
    return host_parse(authority.bytes, authority.length, host);
}

/* Set the path of TARGET. Returns false if that is malformed. */
static bool set_path(struct request *request, struct span target)
{
    struct span path;
    bool is_whole;

    for (size_t i = 0; i < target.length; i++) {
        if (target.bytes[i] <= ' ' || target.bytes[i] > '~' || target.bytes[i] == '#')
            return false;
    }
    is_whole = take_scheme(&target);
    if (is_whole && !take_authority(&target, &request->host))
        return false;
    path = take(&target, '?');
    if (is_whole && path.length == 0)
        path = (struct span){"/", 1};
    request->path = path.bytes;
    request->path_length = path.length;
    return path.length > 0 && (path.bytes[0] == '/' || is_equal(path, "*"));
}

/* Parse LINE, `METHOD TARGET HTTP/1.1`. Returns false if it is malformed. */
static bool parse_first_line(struct parser *parser, struct span line)
{
    struct span method = take(&line, ' '), target = take(&line, ' ');

    parser->has_line = true;
    parser->request->is_get = is_equal(method, "GET");
    parser->request->is_head = is_equal(method, "HEAD");
    parser->is_old = is_equal(line, "HTTP/1.0");
    return is_token(method) && set_path(parser->request, target) &&
           (parser->is_old || is_equal(line, "HTTP/1.1"));
}

/* The host of an absolute target comes before that of the header (RFC 9112, 3.2.2). An empty header
 * is for a target that has none. */
static bool take_host(struct parser *parser, struct span value)
{
    struct host host = {0};

    if (value.length > 0 && !host_parse(value.bytes, value.length, &host))
        return false;
    if (parser->request->host.length == 0)
        parser->request->host = host;
    return ++parser->hosts == 1;
}

static bool take_length(struct parser *parser, struct span value)
{
    for (size_t i = 0; i < value.length; i++) {
        if (value.bytes[i] < '0' || value.bytes[i] > '9')
            return false;
        if (value.bytes[i] != '0')
            parser->request->has_body = true;
    }
    return value.length > 0 && ++parser->lengths == 1;
}

static bool take_coding(struct parser *parser, struct span value)
{
    (void)value;
    parser->codings++;
    parser->request->has_body = true;
    return true;
}

static bool take_connection(struct parser *parser, struct span value)
{
    while (value.length > 0) {
        struct span option = trim(take(&value, ','));

        parser->closes = parser->closes || is_name(option, "close");
        parser->stays = parser->stays || is_name(option, "keep-alive");
    }
    return true;
}

static bool take_accept(struct parser *parser, struct span value)
{
    accept_add(&parser->request->accept, value.bytes, value.length);
    return true;
}

/* The headers that matter here. Each returns false if it is malformed. */
static const struct {
    const char *name;
    bool (*take)(struct parser *parser, struct span value);
} headers[] = {
    {"Host", take_host},
    {"Content-Length", take_length},
    {"Transfer-Encoding", take_coding},
    {"Connection", take_connection},
    {"Accept", take_accept},
};

/* Parse LINE, `NAME: VALUE`. Returns false if it is malformed; one that continues the line before
 * it is. */
static bool parse_header(struct parser *parser, struct span line)
{
    struct span whole = line, name = take(&line, ':'), value = trim(line);

    if (name.length == whole.length || !is_token(name))
        return false;
    for (size_t i = 0; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.bytes[i];

        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            return false;
    }
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        if (is_name(name, headers[i].name))
            return headers[i].take(parser, value);
    }
    return true;
}

/* Judge the head, which has ended: a request of HTTP/1.1 names one host, and a body has one length.
 * Returns false if it is malformed. */
static bool finish(struct parser *parser, const char *bytes)
{
    parser->request->keeps = !parser->closes && (parser->stays || !parser->is_old);
    parser->request->length = (size_t)(parser->at - bytes);
    return (parser->hosts == 1 || (parser->is_old && parser->hosts == 0)) &&
           parser->lengths + parser->codings <= 1;
}

/* Take the next line off what is parsed. Returns REQUEST_COMPLETE where there is one. */
static enum request_verdict take_line(struct parser *parser, struct span *line)
{
    size_t size = (size_t)(parser->end - parser->at);
    const char *newline = size == 0 ? NULL : memchr(parser->at, '\n', size);

    if (newline == NULL)
        return REQUEST_INCOMPLETE;
    if (newline == parser->at || newline[-1] != '\r')
        return REQUEST_MALFORMED;
    *line = (struct span){parser->at, (size_t)(newline - 1 - parser->at)};
    parser->at = newline + 1;
    return REQUEST_COMPLETE;
}

enum request_verdict request_parse(const char *bytes, size_t size, struct request *request)
{
    size_t most = size < REQUEST_SIZE_MAX ? size : REQUEST_SIZE_MAX;
    struct parser parser = {.at = bytes, .end = bytes + most, .request = request};
    enum request_verdict verdict;
    struct span line;

    *request = (struct request){0};
    while ((verdict = take_line(&parser, &line)) == REQUEST_COMPLETE) {
        if (line.length == 0 && parser.has_line)
            return finish(&parser, bytes) ? REQUEST_COMPLETE : REQUEST_MALFORMED;
        if (line.length == 0)
            continue; /* an empty line in front of a request is nothing (RFC 9112, 2.2) */
        if (!(parser.has_line ? parse_header : parse_first_line)(&parser, line))
            return REQUEST_MALFORMED;
    }
    return most == REQUEST_SIZE_MAX ? REQUEST_MALFORMED : verdict;
}
