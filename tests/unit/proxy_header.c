/*
 * Unit tests of worker/proxy_header: a table of headers of both versions, whole, in pieces, and as
 * they must not be.
 */
#include "server/worker/connection/proxy_header.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/tap.h"

#define SIGNATURE      "\r\n\r\n\0\r\nQUIT\n"
#define BYTES(literal) literal, sizeof(literal) - 1

/* Of 16 bytes, and of the 108 of a name. */
#define ONES "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"
#define X16  "xxxxxxxxxxxxxxxx"
#define X96  X16 X16 X16 X16 X16 X16
#define Z12  "\0\0\0\0\0\0\0\0\0\0\0\0"
#define Z96  Z12 Z12 Z12 Z12 Z12 Z12 Z12 Z12

/* SOURCE > DESTINATION, `own` for the socket's own addresses, or `malformed`. What follows the
 * header is `rest`. */
static const struct {
    const char *bytes;
    size_t size, length;
    const char *means;
} headers[] = {
    /* Version 1. */
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222\r\nrest"), 38, "1.2.3.4:1111 > 5.6.7.8:2222"},
    {BYTES("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"), 56,
     "255.255.255.255:65535 > 255.255.255.255:65535"},
    {BYTES("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"), 32, "0.0.0.0:0 > 0.0.0.0:0"},
    {BYTES("PROXY TCP6 ::1 fe80::ABcd 80 443\r\nrest"), 34, "[::1]:80 > [fe80::abcd]:443"},
    {BYTES("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
     104,
     "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535 > "
     "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
    {BYTES("PROXY TCP6 ::ffff:1.2.3.4 ::1 80 443\r\n"), 38, "[::ffff:1.2.3.4]:80 > [::1]:443"},
    {BYTES("PROXY UNKNOWN\r\nrest"), 15, "own"},
    {BYTES("PROXY UNKNOWN \r\n"), 16, "own"},
    {BYTES("PROXY UNKNOWN anything \0 at all, even a \r in it\r\nrest"), 49, "own"},
    {BYTES("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
     107, "own"},
    {BYTES("PROXY UNKNOWN " X96 "\r\n"), 0, "malformed"}, /* 112 bytes */
    {BYTES("PROXY TCP4 " X96 X96), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222\r\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222 \r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222 3\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1111\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4  5.6.7.8 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4  1.2.3.4 5.6.7.8 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY  TCP4 1.2.3.4 5.6.7.8 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4\t5.6.7.8 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222\0\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4\0 5.6.7.8 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 01.2.3.4 5.6.7.8 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3 5.6.7.8 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.256 5.6.7.8 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 ::1 ::1 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP6 1.2.3.4 5.6.7.8 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP6 1::2::3 ::1 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 65536 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 100000 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 080 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 -1 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 +1 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4 1.2.3.4 5.6.7.8 0x1 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP4\r\n"), 0, "malformed"},
    {BYTES("PROXY TCP5 1.2.3.4 5.6.7.8 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY tcp4 1.2.3.4 5.6.7.8 1111 2222\r\n"), 0, "malformed"},
    {BYTES("PROXY UNKNOWNS\r\n"), 0, "malformed"},
    {BYTES("PROXY \r\n"), 0, "malformed"},
    {BYTES("PROXY\r\n"), 0, "malformed"},
    {BYTES("proxy TCP4 1.2.3.4 5.6.7.8 1111 2222\r\n"), 0, "malformed"},
    {BYTES("GET / HTTP/1.1\r\n"), 0, "malformed"},
    {BYTES("\x16\x03\x01"), 0, "malformed"},
    {BYTES("A"), 0, "malformed"},
    /* Version 2. */
    {BYTES(SIGNATURE "\x21\x11\0\x0c\1\2\3\4\5\6\7\x8\x4\x57\x8\xaerest"), 28,
     "1.2.3.4:1111 > 5.6.7.8:2222"},
    {BYTES(SIGNATURE "\x21\x21\0\x24" ONES ONES "\0\x50\1\xbb"), 52,
     "[101:101:101:101:101:101:101:101]:80 > [101:101:101:101:101:101:101:101]:443"},
    {BYTES(SIGNATURE "\x21\x31\0\xd8/client\0\0\0\0\0" Z96 "\0name\0\0\0\0\0\0\0" Z96 "rest"), 232,
     "/client > @name"},
    {BYTES(SIGNATURE "\x21\x31\0\xd8" X96 "xxxxxxxxxxxx" Z96 Z12), 232,
     X96 "xxxxxxxxxxxx > a unix client"},
    {BYTES(SIGNATURE "\x21\x11\0\x13\1\2\3\4\5\6\7\x8\x4\x57\x8\xae\4\0\4xxxxrest"), 35,
     "1.2.3.4:1111 > 5.6.7.8:2222"},
    {BYTES(SIGNATURE "\x21\x11\xff\xff\1\2\3\4\5\6\7\x8\x4\x57\x8\xae"), 65551,
     "1.2.3.4:1111 > 5.6.7.8:2222"},
    {BYTES(SIGNATURE "\x20\0\0\0rest"), 16, "own"},
    {BYTES(SIGNATURE "\x20\x11\0\x0c\1\2\3\4\5\6\7\x8\x4\x57\x8\xae"), 28, "own"},
    {BYTES(SIGNATURE "\x20\xff\0\x05rest"), 21, "own"},
    {BYTES(SIGNATURE "\x20\0\xff\xff"), 65551, "own"},
    {BYTES(SIGNATURE "\x21\0\0\0rest"), 16, "own"},
    {BYTES(SIGNATURE "\x21\x01\0\0"), 16, "own"},
    {BYTES(SIGNATURE "\x21\x10\0\0"), 16, "own"},
    {BYTES(SIGNATURE "\x21\x12\0\x0c\1\2\3\4\5\6\7\x8\x4\x57\x8\xae"), 28, "own"}, /* UDP */
    {BYTES(SIGNATURE "\x21\x22\0\x24" ONES ONES "\0\x50\1\xbb"), 52, "own"},
    {BYTES(SIGNATURE "\x21\x11\0\x0b\1\2\3\4\5\6\7\x8\x4\x57\x8\xae"), 0, "malformed"},
    {BYTES(SIGNATURE "\x21\x12\0\x0b\1\2\3\4\5\6\7\x8\x4\x57\x8\xae"), 0, "malformed"},
    {BYTES(SIGNATURE "\x21\x11\0\0"), 0, "malformed"},
    {BYTES(SIGNATURE "\x21\x21\0\x23"), 0, "malformed"},
    {BYTES(SIGNATURE "\x21\x31\0\xd7"), 0, "malformed"},
    {BYTES(SIGNATURE "\x21\x41\0\x0c"), 0, "malformed"},
    {BYTES(SIGNATURE "\x21\x13\0\x0c"), 0, "malformed"},
    {BYTES(SIGNATURE "\x22\x11\0\x0c"), 0, "malformed"},
    {BYTES(SIGNATURE "\x11\x11\0\x0c"), 0, "malformed"},
    {BYTES(SIGNATURE "\x31"), 0, "malformed"},
    {BYTES("\r\n\r\n\0\r\nQUIT\r"), 0, "malformed"},
    {BYTES("\r\n\r\nrest"), 0, "malformed"},
};

/* Write to TEXT what HEADER means, which was parsed with that VERDICT. */
static void print(const struct proxy_header *header, enum proxy_verdict verdict, char *text,
                  size_t size)
{
    char source[ENDPOINT_TEXT_SIZE], destination[ENDPOINT_TEXT_SIZE];

    if (verdict != PROXY_COMPLETE || !header->has_addresses) {
        snprintf(text, size, "%s",
                 verdict == PROXY_COMPLETE    ? "own"
                 : verdict == PROXY_MALFORMED ? "malformed"
                                              : "incomplete");
        return;
    }
    endpoint_print_peer(&header->source, header->source_length, source);
    endpoint_print_peer(&header->destination, header->destination_length, destination);
    snprintf(text, size, "%s > %s", source, destination);
}

/* Parse the first SIZE of BYTES, in memory of that size: a sanitizer sees a read behind it. */
static enum proxy_verdict parse(const char *bytes, size_t size, struct proxy_header *header)
{
    unsigned char *copy = malloc(size + (size == 0));
    enum proxy_verdict verdict;

    if (copy == NULL)
        exit(1);
    memcpy(copy, bytes, size);
    memset(header, 0x5a, sizeof(*header));
    verdict = proxy_header_parse(copy, size, header);
    free(copy);
    return verdict;
}

static size_t room(size_t size)
{
    return size < PROXY_HEADER_ROOM ? size : PROXY_HEADER_ROOM;
}

/* As much of a right header as matters is incomplete without its last byte, and each shorter part
 * of it. A wrong one is never complete, in whatever pieces it comes. */
static bool is_right_in_pieces(size_t index, size_t size)
{
    bool is_wrong = strcmp(headers[index].means, "malformed") == 0;
    struct proxy_header header;
    bool complete = false;

    for (size_t part = 0; part < size; part++) {
        enum proxy_verdict verdict = parse(headers[index].bytes, part, &header);

        if (verdict == PROXY_MALFORMED && !is_wrong)
            return false;
        if (verdict == PROXY_COMPLETE && (is_wrong || header.length != headers[index].length))
            return false;
        if (complete && verdict != PROXY_COMPLETE)
            return false;
        complete |= verdict == PROXY_COMPLETE;
        /* What is not whole is never taken for it: the header's own bytes are all there. */
        if (verdict == PROXY_COMPLETE && part < 15)
            return false;
    }
    return true;
}

int main(void)
{
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        size_t size = room(headers[i].size);
        struct proxy_header header;
        char text[2 * ENDPOINT_TEXT_SIZE + 4];
        enum proxy_verdict verdict = parse(headers[i].bytes, size, &header);

        print(&header, verdict, text, sizeof(text));
        is_text(text, headers[i].means, "header %zu", i);
        if (verdict == PROXY_COMPLETE)
            is_number(header.length, headers[i].length, "the length of header %zu", i);
        ok(is_right_in_pieces(i, size), "header %zu in pieces", i);
    }
    return tap_end();
}
