/*
 * list: see list.h.
 */
#include "client/load/engine/list.h"

void load_list_prepend(struct load_list *list, struct load_connection *connection)
{
    connection->list = list;
    connection->previous = NULL;
    connection->next = list->first;
    if (list->first != NULL)
        list->first->previous = connection;
    else
        list->last = connection;
    list->first = connection;
    list->count++;
}

void load_list_append(struct load_list *list, struct load_connection *connection)
{
    connection->list = list;
    connection->previous = list->last;
    connection->next = NULL;
    if (list->last != NULL)
        list->last->next = connection;
    else
        list->first = connection;
    list->last = connection;
    list->count++;
}

void load_list_remove(struct load_connection *connection)
{
    struct load_list *list = connection->list;

    if (list == NULL)
        return;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        list->first = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    else
        list->last = connection->previous;
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
