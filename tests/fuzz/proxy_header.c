/*
 * Fuzz target: any bytes as the header of a proxy, whole and in two pieces, of which the verdicts
 * must agree. `make fuzz` runs it under clang's libFuzzer with both sanitizers.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/worker/connection/proxy_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Parse SIZE BYTES in memory of that size, and print the addresses, which has to be possible. */
static enum proxy_verdict parse(const uint8_t *bytes, size_t size, struct proxy_header *header)
{
    unsigned char *copy = malloc(size + (size == 0));
    char text[ENDPOINT_TEXT_SIZE];
    enum proxy_verdict verdict;

    if (copy == NULL)
        abort();
    memcpy(copy, bytes, size);
    memset(header, 0, sizeof(*header));
    verdict = proxy_header_parse(copy, size, header);
    free(copy);
    if (verdict == PROXY_COMPLETE && header->has_addresses) {
        endpoint_print_peer(&header->source, header->source_length, text);
        endpoint_print_peer(&header->destination, header->destination_length, text);
    }
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t whole = size < PROXY_HEADER_ROOM ? size : PROXY_HEADER_ROOM;
    struct proxy_header header, part;
    enum proxy_verdict verdict = parse(bytes, whole, &header);
    size_t belongs = header.length < whole ? header.length : whole;

    if (whole == PROXY_HEADER_ROOM && verdict == PROXY_INCOMPLETE)
        abort(); /* it would never be complete */
    if (verdict == PROXY_COMPLETE && (parse(bytes, belongs, &part) != PROXY_COMPLETE ||
                                      memcmp(&part, &header, sizeof(part)) != 0))
        abort(); /* what follows it has changed it */
    for (size_t size_of_part = 0; size_of_part < whole; size_of_part++) {
        enum proxy_verdict early = parse(bytes, size_of_part, &part);

        if (early != PROXY_INCOMPLETE && early != verdict)
            abort();
        if (early == PROXY_COMPLETE && part.length != header.length)
            abort();
    }
    return 0;
}
