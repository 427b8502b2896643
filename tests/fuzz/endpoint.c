/*
 * Fuzz target: any text as the address of a listener. What is accepted and printed is accepted
 * again as the same address; two addresses are compared from both sides. Then any bytes as the
 * address of a peer: printed, they stay on one line.
 *
 * An input is a byte (the lowest bit: inet; the next: datagrams), two bytes of a port, an address,
 * a newline, a second address.
 */
#include "common/endpoint.h"
#include "tests/fuzz/fuzz.h"

enum { INET = 1, DATAGRAM = 2 };

static const char *set(struct endpoint *endpoint, uint8_t kind, uint16_t port, const char *text)
{
    int type = kind & DATAGRAM ? SOCK_DGRAM : SOCK_STREAM;

    return kind & INET ? endpoint_set_inet(endpoint, text, port, type)
                       : endpoint_set_path(endpoint, text, type);
}

static bool is_clean(const char *text)
{
    while (*text != '\0' && !text_is_control(*text))
        text++;
    return *text == '\0';
}

/* Print ENDPOINT, which TEXT has become, and parse that. */
static void print_and_parse(const struct endpoint *endpoint, uint8_t kind, const char *text)
{
    char printed[ENDPOINT_TEXT_SIZE], *address = printed + strlen("unix:"), *port;
    struct endpoint again;

    memset(printed, 'x', sizeof(printed));
    endpoint_print(endpoint, printed);
    must(memchr(printed, '\0', sizeof(printed)) != NULL, "what is printed has an end");
    must_be_clean(printed);
    must(strncmp(printed, kind & INET ? "inet:" : "unix:", strlen("unix:")) == 0, "its scheme");
    if (kind & INET) {
        port = strrchr(address, ':');
        must(port != NULL && strtol(port + 1, NULL, 10) == endpoint_port(endpoint), "its port");
        *port = '\0';
    } else if (!is_clean(text)) {
        return; /* they are printed as `?` */
    }
    must(set(&again, kind, endpoint_port(endpoint), address) == NULL, "it is accepted again");
    must(endpoint_equal(endpoint, &again), "and is the same");
    must(endpoint_is_peer(endpoint, &again.address, again.length), "it is its own peer");
}

static void check(const struct endpoint *endpoint, uint8_t kind, uint16_t port, const char *text)
{
    const char *path = endpoint_path(endpoint);

    must(endpoint->length <= sizeof(endpoint->address), "the address fits");
    must(endpoint_is_unix(endpoint) == !(kind & INET), "its family");
    must(endpoint_port(endpoint) == (kind & INET ? port : 0), "its port");
    must(path == NULL || strcmp(path, text) == 0, "no path is cut");
    must(path == NULL || strlen(path) <= ENDPOINT_PATH_MAX, "a path has room for its NUL");
    must(endpoint_overlaps(endpoint, endpoint) == (!(kind & INET) || port != 0),
         "it overlaps with itself");
    print_and_parse(endpoint, kind, text);
}

static void compare(const struct endpoint *a, const struct endpoint *b)
{
    bool equal = endpoint_equal(a, b), overlap = endpoint_overlaps(a, b);

    must(equal == endpoint_equal(b, a), "equal from both sides");
    must(overlap == endpoint_overlaps(b, a), "overlapping from both sides");
    must(!equal || overlap || endpoint_port(a) == 0, "equal ones overlap");
}

static void print_peer(const uint8_t *bytes, size_t size)
{
    union endpoint_address address;
    char text[ENDPOINT_TEXT_SIZE];

    if (size > sizeof(address))
        size = sizeof(address);
    memset(&address, 0, sizeof(address));
    memcpy(&address, bytes, size);
    memset(text, 'x', sizeof(text));
    endpoint_print_peer(&address, (socklen_t)size, text);
    must(memchr(text, '\0', sizeof(text)) != NULL, "what is printed has an end");
    must_be_clean(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {bytes, size};
    uint8_t kind = take_byte(&input);
    struct endpoint first, second;
    const char *refused, *second_refused;
    char *text, *second_text;
    uint16_t port;

    take(&input, &port, sizeof(port));
    text = take_text(&input, '\n');
    second_text = take_text(&input, '\n');
    refused = set(&first, kind, port, text);
    second_refused = set(&second, kind, port, second_text);
    must(refused == NULL || refused[0] != '\0', "a refusal has its reason");
    if (refused == NULL)
        check(&first, kind, port, text);
    if (refused == NULL && second_refused == NULL)
        compare(&first, &second);
    if (size > 0)
        print_peer(bytes, size);
    free(text);
    free(second_text);
    return 0;
}
