/*
 * parse: see parse.h.
 */
#include "common/config/parse.h"

#include <stdlib.h>
#include <string.h>

#include "common/config/advice.h"
#include "common/config/hints.h"
#include "common/config/keys.h"
#include "common/config/value.h"
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

/* Return whether the value of NAME, which may begin with `POOL.`, is a list of words. */
static bool takes_words(const char *name)
{
    const char *dot = strchr(name, '.');
    const struct config_key *key = config_key_find(dot == NULL ? name : dot + 1);

    return key != NULL && config_key_is_words(key);
}

/* Split LINE at its `=`, and end KEY by a zero byte. Returns the value; NULL after an error. */
static char *split(const struct line *line, char *key)
{
    char *equals = key + strcspn(key, "=#"), *end, *value, hint[CONFIG_HINT_SIZE];
    struct config_flaw flaw;

    config_line_hint(key, hint);
    if (*equals != '=' || equals == key || hint[0] != '\0') {
        config_refuse(line->errors, place_of(line, key), "expected KEY = VALUE or [pool NAME]%s",
                      hint);
        return NULL;
    }
    value = skip_blanks(equals + 1);
    for (end = equals; end > key && (end[-1] == ' ' || end[-1] == '\t'); end--)
        ;
    *end = '\0';
    flaw = takes_words(key) ? config_words_cut(value) : config_value_cut(value);
    if (flaw.at != NULL)
        config_refuse(line->errors, place_of(line, flaw.at), "%s", flaw.message);
    else if (*value == '\0')
        config_refuse(line->errors, place_of(line, key), "'%.60s' has no value", key);
    else
        return value;
    return NULL;
}

static const struct config_key *find_key(const struct line *line, const char *name)
{
    const struct config_key *key = config_key_find(name);
    const struct config_advice *advice = key == NULL ? config_advice_find(name) : NULL;
    const char *meant = key == NULL ? config_key_suggest(name) : NULL;

    if (advice != NULL)
        config_refuse(line->errors, place_of(line, name), "unknown key '%.60s'; %s", name,
                      advice->advice);
    else if (meant != NULL)
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
        config_no_memory();
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
    char hint[CONFIG_HINT_SIZE];
    const struct config_scope *earlier;

    config_comment_cut(header);
    end = header + strlen(header) - 1;
    if (strncmp(word, "pool", 4) != 0 || (word[4] != ' ' && word[4] != '\t') || *end != ']') {
        config_header_hint(header, hint);
        config_refuse(line->errors, place_of(line, header), "expected [pool NAME]%s", hint);
        return NULL;
    }
    while (end > name && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *end = '\0';
    earlier = config_scopes_find(line->scopes, name);
    if (!config_is_name(name, strlen(name)))
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
    struct config_flaw flaw = config_line_check(line->text);

    for (size_t i = 0; i < length; i++) {
        char byte = line->text[i];

        if (text_is_control(byte) && byte != '\t') {
            config_refuse(line->errors, place_of(line, line->text + i),
                          "a control character (0x%02x)", (unsigned char)byte);
            return false;
        }
    }
    if (flaw.at != NULL)
        config_refuse(line->errors, place_of(line, flaw.at), "%s", flaw.message);
    return flaw.at == NULL;
}

/* Return how many of the SIZE bytes of TEXT are a byte order mark, which some editors write. One of
 * UTF-16 is reported: nothing of such a file can be understood. */
static size_t skip_byte_order_mark(const char *text, size_t size, const struct line *line)
{
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        return 3;
    if (size < 2 || (memcmp(text, "\xff\xfe", 2) != 0 && memcmp(text, "\xfe\xff", 2) != 0))
        return 0;
    config_refuse(line->errors, line->place, "the file is in UTF-16; only UTF-8 can be read");
    line->scopes->scopes[0].refused = true;
    return size;
}

/* Return the LENGTH bytes of TEXT, which may be zero bytes, and a zero byte, to be freed. */
static char *copy_line(const char *text, size_t length)
{
    char *line = malloc(length + 1);

    if (line == NULL)
        config_no_memory();
    memcpy(line, text, length);
    line[length] = '\0';
    return line;
}

void config_file_parse(const char *file, const char *text, size_t size,
                       struct config_scopes *scopes, struct config_errors *errors)
{
    struct line line = {.place = {file, 1, 1}, .scopes = scopes, .errors = errors};
    size_t found, skipped;

    skipped = skip_byte_order_mark(text, size, &line);
    text += skipped;
    size -= skipped;
    found = errors->count;
    line.place.line = 0;
    for (const char *next, *end = text + size; text < end; text = next) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((newline != NULL ? newline : end) - text);

        next = text + length + 1;
        if (length > 0 && text[length - 1] == '\r')
            length--;
        line.place.line++;
        line.text = copy_line(text, length);
        if (is_text(&line, strlen(line.text) == length ? length : strlen(line.text) + 1))
            parse_line(&line);
        if (errors->count > found)
            config_scope_refuse(&scopes->scopes[scopes->count - 1], skip_blanks(line.text));
        found = errors->count;
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
    size_t found = errors->count;

    if (copy == NULL)
        config_no_memory();
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
    if (errors->count > found && scope != NULL)
        config_scope_refuse(scope, name);
    free(copy);
}
