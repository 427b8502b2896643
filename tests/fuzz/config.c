/*
 * Fuzz target: any bytes as a configuration, and what is accepted is dumped and must be accepted
 * again with the same dump. `make fuzz` runs it under clang's libFuzzer with both sanitizers.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The config of BYTES, NULL when it is refused. */
static struct config *load(const void *bytes, size_t size, const char *override)
{
    static const char *const services[] = {"increment", "echo", NULL};
    static char name[32]; /* a configuration speaks of its file as long as it lives */
    char *errors = NULL;
    int fd = memfd_create("config", MFD_CLOEXEC);
    struct config_source source = {
        .file = name,
        .overrides = &override,
        .override_count = override != NULL,
        .services = services,
    };
    struct config *config;

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    config = config_load(&source, &errors);
    close(fd);
    if ((config == NULL) != (errors != NULL) || (errors != NULL && strchr(errors, '\n') == NULL))
        abort(); /* refused without a word, or accepted with one */
    free(errors);
    return config;
}

/* What CONFIG says, without the comments behind it that tell where that was said. */
static char *dump(const struct config *config, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);

    if (out == NULL)
        abort();
    config_dump(config, out);
    fclose(out);
    for (char *line = text, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        if (end == NULL)
            abort();
        for (char *at = end; at > line; at--) {
            if (strncmp(at, "  # ", 4) == 0) {
                memset(at, ' ', (size_t)(end - at));
                break;
            }
        }
    }
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct config *config = load(bytes, size, NULL), *again;
    size_t first_size, second_size;
    char *first, *second, *line = strndup((const char *)bytes, size);

    config_free(load("mode = unix\npath = /s\n", 22, line)); /* the same bytes as an override */
    free(line);
    if (config == NULL)
        return 0;
    first = dump(config, &first_size);
    again = load(first, first_size, NULL);
    if (again == NULL)
        abort();
    second = dump(again, &second_size);
    /* The places differ in length, and so do the blanks: compare up to those, line by line. */
    for (char *a = first, *b = second; *a != '\0' || *b != '\0'; a++, b++) {
        if (*a == '\n' || *b == '\n') {
            a += strspn(a, " ");
            b += strspn(b, " ");
        }
        if (*a != *b)
            abort();
    }
    config_free(config);
    config_free(again);
    free(first);
    free(second);
    return 0;
}
