/*
 * list: linked lists of connections. Each connection is in at most one list, and points to it.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_LIST_H
#define PREFORKD_CLIENT_LOAD_ENGINE_LIST_H

#include <stddef.h>

#include "client/load/engine/connection.h"

struct load_list {
    struct load_connection *first, *last;
    size_t count;
};

void load_list_append(struct load_list *list, struct load_connection *connection);
void load_list_prepend(struct load_list *list, struct load_connection *connection);

/* Take CONNECTION out of the list that it is in, if any. */
void load_list_remove(struct load_connection *connection);

/* Take the first out of LIST. Returns NULL if there is none. */
struct load_connection *load_list_take(struct load_list *list);

/* Move all of FROM to the end of INTO. */
void load_list_move(struct load_list *into, struct load_list *from);

#endif
