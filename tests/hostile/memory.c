/*
 * memory: see memory.h. The kernel lists the mappings, so none is left out that a
 * later version of the server adds.
 */
#include "tests/hostile/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/worker/connection/connection.h"

enum { MAPPINGS_MAX = 16, PART_SIZE = 1 << 16 };

struct mapping {
    volatile uint64_t *words;
    size_t count, next; /* words in all, and the one that the next part begins with */
};

static struct mapping mappings[MAPPINGS_MAX];
static size_t mapping_count;

static void note_mapping(const char *line)
{
    uintptr_t from, to;
    char rights[8];

    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %7s", &from, &to, rights) != 3 ||
        strcmp(rights, "rw-s") != 0 || mapping_count == MAPPINGS_MAX)
        return;
    mappings[mapping_count++] = (struct mapping){.words = (volatile uint64_t *)from,
                                                 .count = (to - from) / sizeof(uint64_t)};
}

const char *memory_start(const struct preforkd_operations *operations, const char *pool)
{
    char line[256];
    FILE *file = fopen("/proc/self/maps", "re");

    (void)operations;
    (void)pool;
    if (file == NULL)
        return strerror(errno);
    while (fgets(line, sizeof(line), file) != NULL)
        note_mapping(line);
    fclose(file);
    return mapping_count == 0 ? "no mapping was found" : NULL;
}

/* The next number of an xorshift generator: a random byte for each byte is all that is asked of
 * it. */
static uint64_t draw(void)
{
    static uint64_t state;

    if (state == 0)
        state = (uint64_t)getpid() * UINT64_C(0x9e3779b97f4a7c15);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void overwrite(struct mapping *mapping, size_t from, size_t count)
{
    for (size_t i = from; i < from + count && i < mapping->count; i++)
        mapping->words[i] = draw();
}

void memory_random(const struct connection *connection)
{
    const size_t part = PART_SIZE / sizeof(uint64_t);

    for (size_t i = 0; i < mapping_count; i++) {
        overwrite(&mappings[i], 0, part);
        overwrite(&mappings[i], mappings[i].next, part);
        mappings[i].next += part;
        if (mappings[i].next >= mappings[i].count)
            mappings[i].next = 0;
    }
    connection_wake_master(connection);
}

/* Fill memory that the master reads with BYTE. */
static void fill(void *memory, size_t size, unsigned char byte)
{
    volatile unsigned char *bytes = memory;

    for (size_t i = 0; i < size; i++)
        bytes[i] = byte;
}

void memory_hints(const struct connection *connection)
{
    uint32_t *words = (uint32_t *)(void *)connection->hints;

    for (size_t i = 0; i < sizeof(*connection->hints) / sizeof(*words); i++)
        ((volatile uint32_t *)words)[i] = 1;
    fill(connection->hints, sizeof(*connection->hints), 0xff);
}

void memory_flags(const struct connection *connection)
{
    volatile uint32_t *words = (uint32_t *)(void *)connection->hints;

    for (size_t i = 0; i < sizeof(*connection->hints) / sizeof(*words); i++)
        words[i] = 1;
}

void memory_page(const struct connection *connection)
{
    static const unsigned char patterns[] = {0x80, 0x7f, 0xff, 0x00, 0x01, 0x70};

    for (size_t i = 0; i < sizeof(patterns); i++)
        fill(connection->page, sizeof(*connection->page), patterns[i]);
}
