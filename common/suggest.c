/*
 * suggest: see suggest.h.
 */
#include "common/suggest.h"

#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Return the Levenshtein distance of A and B in lower case; more than any suggestion allows if one
 * is long. */
static size_t distance(const char *a, const char *b)
{
    size_t row[33], length = strlen(b);

    if (length > 32 || strlen(a) > 32)
        return SIZE_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; *a != '\0'; a++, i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t changed =
                diagonal + (tolower((unsigned char)*a) != tolower((unsigned char)b[j - 1]));
            size_t skipped = 1 + (row[j] < row[j - 1] ? row[j] : row[j - 1]);

            diagonal = row[j];
            row[j] = changed < skipped ? changed : skipped;
        }
    }
    return row[length];
}

/* Return the index of the only one of NAMES that begins with WORD; -1 if there are none or several,
 * or WORD is too short to say anything. */
static int find_beginning(const char *word, const char *const *names)
{
    size_t length = strlen(word);
    int found = -1;

    for (int i = 0; length >= 3 && names[i] != NULL; i++) {
        if (strncasecmp(word, names[i], length) != 0)
            continue;
        if (found >= 0)
            return -1;
        found = i;
    }
    return found;
}

int suggest(const char *word, const char *const *names)
{
    size_t length = strlen(word);
    size_t nearest = length < 4 ? 1 : 1 + length / 3; /* beyond that it is another word */
    int best = -1;

    for (int i = 0; names[i] != NULL; i++) {
        size_t apart = distance(word, names[i]);

        if (apart <= nearest && (best < 0 || apart < nearest)) {
            nearest = apart;
            best = i;
        }
    }
    return best >= 0 ? best : find_beginning(word, names);
}
