/*
 * Fuzz target: any bytes as what a client sends to preforkctl http, whole and in pieces, of which
 * the verdicts must agree; and what is found of a request is within it.
 */
#include "client/web/request.h"

#include "tests/fuzz/fuzz.h"

/* Parse SIZE BYTES in memory of that size. */
static enum request_verdict parse(const uint8_t *bytes, size_t size, struct request *request)
{
    char *copy = malloc(size + (size == 0)), path;
    enum request_verdict verdict;

    must(copy != NULL, "there is memory");
    memcpy(copy, bytes, size);
    verdict = request_parse(copy, size, request);
    if (verdict == REQUEST_COMPLETE) {
        must(request->path_length > 0 && request->path_length < request->length, "a path");
        path = request->path[request->path_length - 1]; /* its last byte can be read */
        must(path > ' ' && path <= '~', "a path is printable");
        must(request->path[0] == '/' || request->path_length == 1, "from the root");
        must(host_is_served(&request->host, "*,.example"), "any host"); /* all of it can be read */
        for (size_t i = 0; i < request->host.length; i++)
            must(request->host.name[i] > ' ' && request->host.name[i] <= '~', "of printable bytes");
    }
    free(copy);
    return verdict;
}

/* What has been found in two ways is the same. */
static void must_agree(const struct request *a, const struct request *b)
{
    must(a->length == b->length && a->path_length == b->path_length, "the same sizes");
    must(a->host.length == b->host.length && a->host.is_address == b->host.is_address,
         "the same host");
    must(a->is_get == b->is_get && a->is_head == b->is_head, "the same method");
    must(a->keeps == b->keeps && a->has_body == b->has_body, "the same end");
    must(accept_prefers_openmetrics(&a->accept) == accept_prefers_openmetrics(&b->accept),
         "the same format");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct request request, part;
    enum request_verdict verdict = parse(bytes, size, &request);

    if (verdict == REQUEST_COMPLETE) {
        must(request.length <= size && request.length <= REQUEST_SIZE_MAX, "a head has its limit");
        must(memcmp(bytes + request.length - 4, "\r\n\r\n", 4) == 0, "and its end");
        must(parse(bytes, request.length, &part) == REQUEST_COMPLETE, "whatever is behind it");
        must_agree(&request, &part);
    }
    for (size_t piece = 0; piece < size; piece += 1 + piece / 64) {
        enum request_verdict early = parse(bytes, piece, &part);

        must(early == REQUEST_INCOMPLETE || early == verdict, "more bytes change no verdict");
        if (early == REQUEST_COMPLETE)
            must_agree(&request, &part);
    }
    must(size < REQUEST_SIZE_MAX || verdict != REQUEST_INCOMPLETE, "the longest has a verdict");
    return 0;
}
