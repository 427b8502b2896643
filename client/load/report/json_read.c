/*
 * json_read: see json_read.h. One function for each rule of the grammar. Each moves the cursor
 * behind what it accepts, or sets the reason.
 */
#include "client/load/report/json_read.h"

#include <stdlib.h>
#include <string.h>

struct cursor {
    const char *at;     /* never moves beyond the NUL at the end of the text */
    const char *reason; /* why the text is not JSON, or NULL */
    int depth;
};

static void skip_value(struct cursor *cursor);

static void refuse(struct cursor *cursor, const char *reason)
{
    if (cursor->reason == NULL)
        cursor->reason = reason;
}

static void skip_blanks(struct cursor *cursor)
{
    if (cursor->reason == NULL)
        cursor->at += strspn(cursor->at, " \t\r\n");
}

/* Skip C if it comes next. Returns whether it did. */
static bool take(struct cursor *cursor, char c)
{
    if (cursor->reason != NULL || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_digits(struct cursor *cursor)
{
    if (!is_digit(*cursor->at))
        refuse(cursor, "a digit is missing");
    while (is_digit(*cursor->at))
        cursor->at++;
}

static void skip_number(struct cursor *cursor)
{
    take(cursor, '-');
    if (!take(cursor, '0'))
        skip_digits(cursor);
    if (take(cursor, '.'))
        skip_digits(cursor);
    if (take(cursor, 'e') || take(cursor, 'E')) {
        if (!take(cursor, '+'))
            take(cursor, '-');
        skip_digits(cursor);
    }
}

/* Skip what follows a backslash. */
static void skip_escape(struct cursor *cursor)
{
    if (take(cursor, 'u')) {
        if (strspn(cursor->at, "0123456789abcdefABCDEF") < 4)
            refuse(cursor, "four hexadecimal digits are missing");
        else
            cursor->at += 4;
    } else if (*cursor->at == '\0' || strchr("\"\\/bfnrt", *cursor->at) == NULL) {
        refuse(cursor, "no such escape");
    } else {
        cursor->at++;
    }
}

static void skip_string(struct cursor *cursor)
{
    if (!take(cursor, '"'))
        refuse(cursor, "a string is missing");
    while (cursor->reason == NULL && !take(cursor, '"')) {
        if ((unsigned char)*cursor->at < ' ')
            refuse(cursor, "a string does not end");
        else if (take(cursor, '\\'))
            skip_escape(cursor);
        else
            cursor->at++;
    }
}

static void skip_word(struct cursor *cursor)
{
    static const char *const words[] = {"true", "false", "null"};

    for (int i = 0; i < 3; i++) {
        size_t length = strlen(words[i]);

        if (strncmp(cursor->at, words[i], length) == 0) {
            cursor->at += length;
            return;
        }
    }
    refuse(cursor, "a value is missing");
}

/* Skip a key and its colon. */
static void skip_key(struct cursor *cursor)
{
    skip_string(cursor);
    skip_blanks(cursor);
    if (!take(cursor, ':'))
        refuse(cursor, "a colon is missing");
    skip_blanks(cursor);
}

/* Skip the values after an opening bracket up to END, the closing one; in an object with their
 * keys. */
static void skip_members(struct cursor *cursor, char end)
{
    skip_blanks(cursor);
    if (take(cursor, end))
        return;
    do {
        skip_blanks(cursor);
        if (end == '}')
            skip_key(cursor);
        skip_value(cursor);
        skip_blanks(cursor);
    } while (take(cursor, ','));
    if (!take(cursor, end))
        refuse(cursor, "a comma or the end of a list is missing");
}

static void skip_value(struct cursor *cursor)
{
    if (cursor->reason != NULL)
        return;
    if (++cursor->depth > JSON_DEPTH_MAX)
        refuse(cursor, "it is nested too deep");
    else if (take(cursor, '{'))
        skip_members(cursor, '}');
    else if (take(cursor, '['))
        skip_members(cursor, ']');
    else if (*cursor->at == '"')
        skip_string(cursor);
    else if (*cursor->at == '-' || is_digit(*cursor->at))
        skip_number(cursor);
    else
        skip_word(cursor);
    cursor->depth--;
}

const char *json_check(const char *text, size_t *offset)
{
    struct cursor cursor = {.at = text};

    skip_blanks(&cursor);
    skip_value(&cursor);
    skip_blanks(&cursor);
    if (*cursor.at != '\0')
        refuse(&cursor, "something follows it");
    *offset = (size_t)(cursor.at - text);
    return cursor.reason;
}

/* Move CURSOR from an object to the value of its member KEY, which is LENGTH bytes long. Returns
 * whether there is one. */
static bool enter(struct cursor *cursor, const char *key, size_t length)
{
    if (!take(cursor, '{'))
        return false;
    skip_blanks(cursor);
    while (*cursor->at == '"') {
        const char *name = cursor->at + 1;

        skip_key(cursor);
        if (strncmp(name, key, length) == 0 && name[length] == '"')
            return true;
        skip_value(cursor);
        skip_blanks(cursor);
        take(cursor, ',');
        skip_blanks(cursor);
    }
    return false;
}

enum json_found json_find(const char *text, const char *path, double *value)
{
    struct cursor cursor = {.at = text};

    skip_blanks(&cursor);
    while (*path != '\0') {
        size_t length = strcspn(path, ".");

        if (!enter(&cursor, path, length))
            return JSON_ABSENT;
        path += length + (path[length] == '.');
    }
    if (*cursor.at == 'n')
        return JSON_NULL;
    if (*cursor.at != '-' && !is_digit(*cursor.at))
        return JSON_OTHER;
    *value = strtod(cursor.at, NULL);
    return JSON_NUMBER;
}
