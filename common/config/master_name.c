/*
 * master_name: see master_name.h.
 */
#include "common/config/master_name.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 63 };

static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

/* Return the name of FILE, to be freed. */
static char *make_name(const char *file)
{
    static const char extension[] = ".conf";
    const char *slash = strrchr(file, '/'), *base = slash == NULL ? file : slash + 1;
    size_t length = strlen(base), cut = strlen(extension);
    char *name;

    if (length > cut && strcmp(base + length - cut, extension) == 0)
        length -= cut;
    name = strndup(base, length < NAME_MAX_LENGTH ? length : NAME_MAX_LENGTH);
    if (name == NULL)
        config_no_memory();
    for (char *at = name + strspn(name, allowed); *at != '\0'; at += strspn(at, allowed))
        *at = '_';
    return name;
}

void config_master_name_resolve(struct config *config, const char *file,
                                struct config_errors *errors)
{
    if (config->name == NULL)
        config->name = make_name(file);
    else if (config->name[strspn(config->name, allowed)] != '\0' ||
             strlen(config->name) > NAME_MAX_LENGTH)
        config_refuse_key(config, CONFIG_MASTER, "name", errors,
                          "name '%.80s' is not 1 to %d letters, digits, '-', '_' and '.'",
                          config->name, NAME_MAX_LENGTH);
}
