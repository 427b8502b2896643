/*
 * accept: see accept.h.
 */
#include "client/web/accept.h"

#include <string.h>
#include <strings.h>

enum { WHOLE = 1000 };

/* What is left of a value. */
struct rest {
    const char *at, *end;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Take what is in front of the next SEPARATOR off REST, without blanks at its ends. Returns false
 * if nothing is left. */
static bool take_part(struct rest *rest, char separator, struct rest *part)
{
    const char *end;

    if (rest->at == NULL)
        return false;
    end =
        rest->at == rest->end ? NULL : memchr(rest->at, separator, (size_t)(rest->end - rest->at));
    *part = (struct rest){rest->at, end == NULL ? rest->end : end};
    rest->at = end == NULL ? NULL : end + 1;
    while (part->at < part->end && is_blank(*part->at))
        part->at++;
    while (part->at < part->end && is_blank(part->end[-1]))
        part->end--;
    return true;
}

static bool is_word(const struct rest *part, const char *word)
{
    size_t length = (size_t)(part->end - part->at);

    return length == strlen(word) && strncasecmp(part->at, word, length) == 0;
}

/* Returns the thousandths that the digits of PART, `0.25` or `1`, are; 0 if they are malformed. */
static int parse_weight(const struct rest *part)
{
    int weight = 0, unit = WHOLE;

    for (const char *at = part->at; at < part->end; at++) {
        if (at == part->at + 1 && *at == '.')
            continue;
        if (*at < '0' || *at > '9' || unit == 0 || at == part->at + 1)
            return 0;
        weight += (*at - '0') * unit;
        unit /= 10;
    }
    return weight > WHOLE ? 0 : weight;
}

/* Returns how much what is left of a media range, its parameters, says that it is wanted. */
static int weight_of(struct rest *range)
{
    struct rest parameter;
    int weight = WHOLE;

    while (take_part(range, ';', &parameter)) {
        if (parameter.end - parameter.at < 2 || strncasecmp(parameter.at, "q=", 2) != 0)
            continue;
        parameter.at += 2;
        weight = parse_weight(&parameter);
    }
    return weight;
}

static void raise_to(int *wanted, int weight)
{
    if (*wanted < weight)
        *wanted = weight;
}

void accept_add(struct accept *accept, const char *value, size_t length)
{
    struct rest rest = {value, value + length}, range, type;

    while (take_part(&rest, ',', &range)) {
        if (!take_part(&range, ';', &type))
            continue;
        if (is_word(&type, "application/openmetrics-text"))
            raise_to(&accept->openmetrics, weight_of(&range));
        else if (is_word(&type, "text/plain") || is_word(&type, "text/*") || is_word(&type, "*/*"))
            raise_to(&accept->text, weight_of(&range));
    }
}

bool accept_prefers_openmetrics(const struct accept *accept)
{
    return accept->openmetrics > 0 && accept->openmetrics >= accept->text;
}
