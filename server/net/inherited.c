/*
 * inherited: see inherited.h.
 */
#include "server/net/inherited.h"

#include <stdlib.h>
#include <string.h>

int inherited_add(struct inherited *inherited, const char *pool, struct listener *listener)
{
    struct inherited_listener *items =
        reallocarray(inherited->items, inherited->count + 1, sizeof(*items));
    char *name = pool == NULL ? NULL : strdup(pool);

    if (items != NULL)
        inherited->items = items;
    if (items == NULL || (pool != NULL && name == NULL)) {
        free(name);
        return -1;
    }
    items[inherited->count++] = (struct inherited_listener){.listener = listener, .pool = name};
    return 0;
}

bool inherited_has(const struct inherited *inherited, const struct listener *listener)
{
    for (size_t i = 0; i < inherited->count; i++) {
        const struct listener *there = inherited->items[i].listener;
        int lock_fd = listener->file.lock_fd;

        if (there->fd == listener->fd || (lock_fd >= 0 && there->file.lock_fd == lock_fd))
            return true;
    }
    return false;
}

struct listener *inherited_find_control(const struct inherited *inherited,
                                        const struct pool_config *config)
{
    for (size_t i = 0; i < inherited->count; i++) {
        const struct inherited_listener *item = &inherited->items[i];

        if (item->pool == NULL && endpoint_equal(&item->listener->endpoint, &config->endpoint))
            return item->listener;
    }
    return NULL;
}

void inherited_close(struct inherited *inherited)
{
    for (size_t i = 0; i < inherited->count; i++) {
        listener_drop(inherited->items[i].listener);
        free(inherited->items[i].pool);
    }
    free(inherited->items);
    *inherited = (struct inherited){0};
}
