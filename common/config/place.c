/*
 * place: where in the file a value was set, for those who refuse it; see config.h.
 */
#include <stdarg.h>
#include <stdio.h>

#include "common/config/config.h"
#include "common/config/errors.h"
#include "common/config/keys.h"
#include "common/config/scope.h"
#include "common/failure.h"

static void print_place(const struct config_place *place, char *text, size_t size)
{
    snprintf(text, size, "%s:%d:%d", place->file, place->line, place->column);
}

void config_print_place(const struct config *config, size_t index, char *text, size_t size)
{
    print_place(&config->scopes->scopes[index + 1].place, text, size);
}

/* Return the setting of KEY that holds for the pool at INDEX, or for the master. */
static struct config_setting *find_setting(const struct config *config, size_t index,
                                           const char *key)
{
    return index == CONFIG_MASTER
               ? &config->scopes->scopes[0].settings[config_key_find(key) - config_keys]
               : config_scopes_setting(config->scopes, index, key);
}

void config_refuse_key(struct config *config, size_t index, const char *key,
                       struct config_errors *errors, const char *format, ...)
{
    struct config_setting *setting = find_setting(config, index, key);
    struct config_place place =
        setting->text == NULL ? config->scopes->scopes[index + 1].place : setting->place;
    char message[1024];
    va_list arguments;

    if (setting->refused)
        return;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    config_refuse(errors, place, "%s", message);
    setting->refused = true;
}

void config_print_key_place(const struct config *config, size_t index, const char *key, char *text,
                            size_t size)
{
    print_place(&find_setting(config, index, key)->place, text, size);
}

MAY_FAIL config_name_place(const struct config *config, size_t index, const char *key,
                           struct failure *failure)
{
    const struct config_scope *scope = &config->scopes->scopes[index + 1];
    const struct config_setting *setting = key == NULL ? NULL : find_setting(config, index, key);
    bool is_set = setting != NULL && setting->text != NULL;
    struct config_place place = is_set ? setting->place : scope->place;
    struct failure cause = *failure;

    return fail(failure, cause.status, "%s:%d:%d: pool '%s'%s%s: %s", place.file, place.line,
                place.column, scope->name, is_set ? ", " : "", is_set ? key : "", cause.message);
}
