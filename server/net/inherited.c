/*
 * inheritance: see inheritance.h.
 */
#include "server/net/inherited.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct inheritance inheritance_empty(void)
{
    return (struct inheritance){.control_fd = -1, .control_file = {.lock_fd = -1}};
}

int inheritance_add(struct inheritance *inheritance, const char *pool, struct listener *listener)
{
    struct heirloom *items =
        reallocarray(inheritance->items, inheritance->count + 1, sizeof(*items));
    char *name = strdup(pool);

    if (items != NULL)
        inheritance->items = items;
    if (items == NULL || name == NULL) {
        free(name);
        return -1;
    }
    items[inheritance->count++] = (struct heirloom){.listener = listener, .pool = name};
    return 0;
}

struct listener *inheritance_find(const struct inheritance *inheritance,
                                  const struct pool_config *config)
{
    for (size_t i = 0; i < inheritance->count; i++) {
        const struct heirloom *item = &inheritance->items[i];

        if (listener_is_for(item->listener, item->pool, config))
            return item->listener;
    }
    return NULL;
}

void inheritance_leave_control(struct inheritance *inheritance)
{
    if (inheritance->control_fd >= 0)
        close(inheritance->control_fd);
    inheritance->control_fd = -1;
    socket_file_release(&inheritance->control_file);
}

void inheritance_disown(const struct inheritance *inheritance)
{
    for (size_t i = 0; i < inheritance->count; i++) {
        if (inheritance->items[i].listener->users == 1)
            listener_disown(inheritance->items[i].listener, false);
    }
}

void inheritance_close(struct inheritance *inheritance)
{
    for (size_t i = 0; i < inheritance->count; i++) {
        listener_drop(inheritance->items[i].listener);
        free(inheritance->items[i].pool);
    }
    free(inheritance->items);
    free(inheritance->control_path);
    inheritance_leave_control(inheritance);
    *inheritance = inheritance_empty();
}
