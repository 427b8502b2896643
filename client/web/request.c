/*
 * request: see request.h. A path is compared with those that there are, as it was sent: nothing
 * here decodes it, removes a `..` from it, or makes a file name of it.
 */
#include "client/web/request.h"

#include <string.h>
#include <strings.h>

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

static bool is_letter_or_digit(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

/* Returns whether SPAN is a token (RFC 9110, 5.6.2). */
static bool is_token(struct span span)
{
    for (size_t i = 0; i < span.length; i++) {
        if (!is_letter_or_digit(span.bytes[i]) &&
            (span.bytes[i] == '\0' || strchr("!#$%&'*+-.^_`|~", span.bytes[i]) == NULL))
            return false;
    }
    return span.length > 0;
}

/* Take what is in front of the next SEPARATOR off LINE. Without one, that is all of it. */
static struct span take(struct span *line, char separator)
{
    const char *found = memchr(line->bytes, separator, line->length);
    struct span part = {line->bytes, found == NULL ? line->length : (size_t)(found - line->bytes)};
    size_t taken = part.length + (found != NULL);

    line->bytes += taken;
    line->length -= taken;
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

/* Take `http://HOST` off the front of TARGET, as a proxy is asked. Returns whether it was there. */
static bool take_authority(struct span *target)
{
    static const char scheme[] = "http://";
    size_t length = strlen(scheme);

    if (target->length <= length || strncasecmp(target->bytes, scheme, length) != 0)
        return false;
    while (length < target->length && strchr("/?", target->bytes[length]) == NULL)
        length++;
    target->bytes += length;
    target->length -= length;
    return true;
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
    is_whole = take_authority(&target);
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

static bool take_host(struct parser *parser, struct span value)
{
    (void)value;
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
