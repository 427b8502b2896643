/*
 * list: see list.h.
 */
#include "client/load/engine/list.h"

/* Make PREVIOUS and NEXT neighbours; NULL is the end of LIST. */
static void join(struct load_list *list, struct load_connection *previous,
                 struct load_connection *next)
{
    *(previous != NULL ? &previous->next : &list->first) = next;
    *(next != NULL ? &next->previous : &list->last) = previous;
}

static void insert(struct load_list *list, struct load_connection *connection,
                   struct load_connection *previous, struct load_connection *next)
{
    connection->list = list;
    join(list, previous, connection);
    join(list, connection, next);
    list->count++;
}

void load_list_prepend(struct load_list *list, struct load_connection *connection)
{
    insert(list, connection, NULL, list->first);
}

void load_list_append(struct load_list *list, struct load_connection *connection)
{
    insert(list, connection, list->last, NULL);
}

void load_list_remove(struct load_connection *connection)
{
    struct load_list *list = connection->list;

    if (list == NULL)
        return;
    join(list, connection->previous, connection->next);
    list->count--;
    connection->list = NULL;
}

struct load_connection *load_list_take(struct load_list *list)
{
    struct load_connection *first = list->first;

    if (first != NULL)
        load_list_remove(first);
    return first;
}

void load_list_move(struct load_list *into, struct load_list *from)
{
    struct load_connection *connection;

    while ((connection = load_list_take(from)) != NULL)
        load_list_append(into, connection);
}
