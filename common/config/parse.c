/*
 * parse: see parse.h.
 */
#include "common/config/parse.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/keys.h"
#include "common/text.h"

/* A line that is being parsed, ended by a zero byte, and where its settings and errors go. */
struct line {
    char *text;
    struct config_place place;
    struct config_scopes *scopes;
    struct config_errors *errors;
};

/* Return the place of WORD, which is a part of LINE. */
static struct config_place place_of(const struct line *line, const char *word)
{
    struct config_place place = line->place;

    place.column = (int)(word - line->text) + 1;
    return place;
}

static char *skip_blanks(char *text)
{
    return text + strspn(text, " \t");
}

static bool is_name(const char *text, size_t length)
{
    if (length == 0 || length >= CONFIG_NAME_SIZE)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '-' && text[i] != '_')
            return false;
    }
    return true;
}

/* End TEXT before its comment and the blanks in front of that. Returns the first byte of a quote
 * that never ends, or NULL. */
static char *cut_comment(char *text)
{
    char *open = NULL, *end = text;

    for (char *at = text; *at != '\0'; at++) {
        if (open != NULL) {
            if (*at == '\\' && *open == '"' && at[1] != '\0')
                at++;
            else if (*at == *open)
                open = NULL;
        } else if (*at == '"' || *at == '\'') {
            open = at;
        } else if (*at == '#' && (at[-1] == ' ' || at[-1] == '\t')) {
            break;
        }
        if (*at != ' ' && *at != '\t')
            end = at + 1;
    }
    *end = '\0';
    return open;
}

/* Remove the quotes of TEXT if one pair encloses all of it. */
static void unquote(char *text)
{
    char quote = text[0], *from = text + 1, *to = text;
    size_t length = strlen(text);

    if ((quote != '"' && quote != '\'') || length < 2)
        return;
    for (; *from != quote; from++) {
        if (*from == '\\' && quote == '"')
            from++;
    }
    if (from != text + length - 1)
        return; /* several words, the first one quoted: the code that splits them handles quotes */
    for (from = text + 1; *from != quote; from++) {
        if (*from == '\\' && quote == '"')
            from++;
        *to++ = *from;
    }
    *to = '\0';
}

/* Split LINE at its `=`, and end KEY by a zero byte. Returns the value; NULL after an error. */
static char *split(const struct line *line, char *key)
{
    char *equals = key + strcspn(key, "=#"), *end, *value, *quote;

    if (*equals != '=' || equals == key) {
        config_refuse(line->errors, place_of(line, key), "expected KEY = VALUE or [pool NAME]");
        return NULL;
    }
    value = skip_blanks(equals + 1);
    for (end = equals; end > key && (end[-1] == ' ' || end[-1] == '\t'); end--)
        ;
    *end = '\0';
    quote = cut_comment(value);
    if (quote == NULL)
        unquote(value);
    if (quote != NULL)
        config_refuse(line->errors, place_of(line, quote), "a quote that never ends");
    else if (*value == '\0')
        config_refuse(line->errors, place_of(line, key), "'%.60s' has no value", key);
    else
        return value;
    return NULL;
}

static const struct config_key *find_key(const struct line *line, const char *name)
{
    const struct config_key *key = config_key_find(name);
    const char *meant = key == NULL ? config_key_suggest(name) : NULL;

    if (meant != NULL)
        config_refuse(line->errors, place_of(line, name), "unknown key '%.60s'; did you mean '%s'?",
                      name, meant);
    else if (key == NULL)
        config_refuse(line->errors, place_of(line, name), "unknown key '%.60s'", name);
    return key;
}

static void set(struct config_setting *setting, const char *value, struct config_place place)
{
    free(setting->text);
    *setting = (struct config_setting){.text = strdup(value), .place = place};
    if (setting->text == NULL)
        abort();
}

static void unset(struct config_setting *setting)
{
    free(setting->text);
    *setting = (struct config_setting){0};
}

static void parse_setting(const struct line *line, char *name)
{
    struct config_scope *scope = &line->scopes->scopes[line->scopes->count - 1];
    char *value = split(line, name);
    const struct config_key *key = value == NULL ? NULL : find_key(line, name);
    struct config_setting *setting;

    if (key == NULL)
        return;
    setting = &scope->settings[key - config_keys];
    if (key->of_master && line->scopes->count > 1)
        config_refuse(line->errors, place_of(line, name),
                      "'%s' is a key of the master: set it before the first section", name);
    else if (setting->text != NULL)
        config_refuse(line->errors, place_of(line, name), "'%s' is set already, in line %d", name,
                      setting->place.line);
    else
        set(setting, value, place_of(line, value));
}

/* Return the NAME in `[pool NAME]`, ended by a zero byte; NULL after an error. */
static const char *parse_header(const struct line *line, char *header)
{
    char *word = skip_blanks(header + 1), *name = skip_blanks(word + strcspn(word, " \t]")), *end;
    const struct config_scope *earlier;

    cut_comment(header);
    end = header + strlen(header) - 1;
    if (strncmp(word, "pool", 4) != 0 || (word[4] != ' ' && word[4] != '\t') || *end != ']') {
        config_refuse(line->errors, place_of(line, header), "expected [pool NAME]");
        return NULL;
    }
    while (end > name && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    earlier = config_scopes_find(line->scopes, name);
    if (!is_name(name, strlen(name)))
        config_refuse(line->errors, place_of(line, name),
                      "a pool's name is 1 to %d letters, digits, '-' and '_'",
                      CONFIG_NAME_SIZE - 1);
    else if (earlier != NULL)
        config_refuse(line->errors, place_of(line, name), "pool '%s' exists already, in line %d",
                      name, earlier->place.line);
    else
        return name;
    return NULL;
}

static void parse_section(const struct line *line, char *header)
{
    const char *name = parse_header(line, header);
    struct config_scope *scope =
        config_scopes_add(line->scopes, name == NULL ? "" : name, place_of(line, header));

    /* A bad header opens a scope as well: the lines behind it are not the master's. */
    scope->refused = name == NULL;
}

static void parse_line(const struct line *line)
{
    char *first = skip_blanks(line->text);

    if (*first == '[')
        parse_section(line, first);
    else if (*first != '\0' && *first != '#')
        parse_setting(line, first);
}

/* Return whether the LENGTH bytes of LINE are text; otherwise report the first that is not. */
static bool is_text(const struct line *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char byte = line->text[i];

        if (text_is_control(byte) && byte != '\t') {
            config_refuse(line->errors, place_of(line, line->text + i),
                          "a control character (0x%02x)", (unsigned char)byte);
            return false;
        }
    }
    return true;
}

void config_file_parse(const char *file, const char *text, size_t size,
                       struct config_scopes *scopes, struct config_errors *errors)
{
    struct line line = {.place = {file, 0, 1}, .scopes = scopes, .errors = errors};

    for (const char *next, *end = text + size; text < end; text = next) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((newline != NULL ? newline : end) - text);

        next = text + length + 1;
        if (length > 0 && text[length - 1] == '\r')
            length--;
        line.place.line++;
        line.text = strndup(text, length);
        if (line.text == NULL)
            abort();
        if (is_text(&line, strlen(line.text) == length ? length : strlen(line.text) + 1))
            parse_line(&line);
        free(line.text);
    }
}

/* Set KEY in SCOPE. Where that is the master's, unset KEY in all pools, so that they inherit it. */
static void override(const struct line *line, struct config_scope *scope,
                     const struct config_key *key, const char *value)
{
    struct config_scopes *scopes = line->scopes;
    bool everywhere = scope == &scopes->scopes[0];

    for (size_t i = 0; i < scopes->count; i++) {
        struct config_scope *other = &scopes->scopes[i];

        if (other == scope)
            set(&other->settings[key - config_keys], value, place_of(line, value));
        else if (everywhere)
            unset(&other->settings[key - config_keys]);
    }
}

void config_override_parse(const char *text, int number, struct config_scopes *scopes,
                           struct config_errors *errors)
{
    char *copy = strdup(text), *name = copy, *value, *dot;
    struct line line = {copy, {"-o", number, 1}, scopes, errors};
    struct config_scope *scope = &scopes->scopes[0];
    const struct config_key *key;

    if (copy == NULL)
        abort();
    value = is_text(&line, strlen(copy)) ? split(&line, name) : NULL;
    dot = value == NULL ? NULL : strchr(name, '.');
    if (dot != NULL) {
        *dot = '\0';
        scope = config_scopes_find(scopes, name);
        name = dot + 1;
    }
    if (scope == NULL)
        config_refuse(errors, line.place, "there is no pool '%.60s'", copy);
    key = value == NULL ? NULL : find_key(&line, name);
    if (key != NULL && key->of_master && dot != NULL)
        config_refuse(errors, place_of(&line, name), "'%s' is a key of the master, not of a pool",
                      name);
    else if (key != NULL && scope != NULL)
        override(&line, scope, key, value);
    free(copy);
}
