/*
 * config: see config.h. parse.c collects what is set where, resolve.c gives each pool its values.
 */
#include "common/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config/field.h"
#include "common/config/keys.h"
#include "common/config/parse.h"
#include "common/config/resolve.h"

enum { FILE_SIZE_MAX = 8 << 20 };

/* Open FILE for SOURCE. Returns a descriptor, or -1 with *REASON. */
static int open_file(const struct config_source *source, const char **reason)
{
    int flags = source->regular ? O_NONBLOCK : 0; /* open(2) of a FIFO would wait for a writer */
    int fd = open(source->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);
    struct stat status;

    *reason = strerror(errno);
    if (fd < 0 || !source->regular || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)))
        return fd;
    *reason = "not a regular file, which alone can be read again";
    close(fd);
    return -1;
}

/* Return the contents of SOURCE's file, to be freed; NULL with *REASON. */
static char *read_file(const struct config_source *source, size_t *size, const char **reason)
{
    int fd = open_file(source, reason);
    char *text = fd < 0 ? NULL : malloc(FILE_SIZE_MAX);
    ssize_t got = -1;

    for (*size = 0; text != NULL && *size < FILE_SIZE_MAX; *size += (size_t)got) {
        got = read(fd, text + *size, FILE_SIZE_MAX - *size);
        if (got <= 0)
            break;
    }
    if (got != 0 && fd >= 0) {
        *reason = strerror(got > 0 ? EFBIG : errno);
        free(text);
        text = NULL;
    }
    if (fd >= 0)
        close(fd);
    return text;
}

/* Return a configuration of which nothing is set yet. */
static struct config *create(const char *file)
{
    struct config *config = calloc(1, sizeof(*config));

    if (config == NULL || (config->scopes = calloc(1, sizeof(*config->scopes))) == NULL)
        config_no_memory();
    config_scopes_add(config->scopes, "", (struct config_place){file, 1, 1});
    return config;
}

/* Read SOURCE. Returns the configuration as far as it is right, *ERRORS being NULL where all of it
 * is; NULL where it cannot be read. */
static struct config *load(const struct config_source *source, char **errors)
{
    struct config_errors found = {.count = 0};
    struct config *config;
    const char *reason;
    size_t size;
    char *text = read_file(source, &size, &reason);

    *errors = NULL;

    if (text == NULL) {
        if (asprintf(errors, "%s: cannot read it: %s\n", source->file, reason) < 0)
            config_no_memory();
        return NULL;
    }
    config = create(source->file);
    config_file_parse(source->file, text, size, config->scopes, &found);
    free(text);
    config_resolve(config, source, &found);
    if (found.count > 0)
        *errors = config_errors_print(&found);
    return config;
}

struct config *config_load(const struct config_source *source, char **errors)
{
    struct config *config = load(source, errors);

    if (config == NULL || *errors == NULL)
        return config;
    config_free(config);
    return NULL;
}

int config_find_control(const struct config_source *source, char **path, char **errors)
{
    struct config *config = load(source, errors);

    *path = NULL;
    if (config == NULL)
        return -1;
    if (config->control != NULL && (*path = strdup(config->control)) == NULL)
        abort();
    config_free(config);
    return 0;
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    if (config->packed) {
        free(config);
        return;
    }
    for (size_t pool = 0; pool < config->pool_count; pool++)
        free(config->pools[pool].groups);
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];

        if (key->of_master)
            config_field_clear(key, config);
        for (size_t pool = 0; pool < config->pool_count && !key->of_master; pool++)
            config_field_clear(key, &config->pools[pool]);
    }
    config_scopes_free(config->scopes);
    free(config->scopes);
    free(config->pools);
    free(config);
}

const struct pool_config *config_pool(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->pool_count; i++) {
        if (strcmp(config->pools[i].name, name) == 0)
            return &config->pools[i];
    }
    return NULL;
}
