/*
 * keys: the table of configuration keys for tests, a line each: NAME unix|inet|any DEFAULT, where
 * DEFAULT is `-` for a key without one.
 */
#include "common/config/keys.h"

#include <stdio.h>

int main(void)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        const char *mode = "any";

        if ((key->uses & USE_UNIX) != 0)
            mode = "unix";
        else if ((key->uses & USE_INET) != 0)
            mode = "inet";
        printf("%s %s %s\n", key->name, mode, key->default_text != NULL ? key->default_text : "-");
    }
    return 0;
}
