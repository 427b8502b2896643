/*
 * cut: see cut.h.
 */
#include "server/worker/connection/cut.h"

#include <sys/socket.h>

/* Cut the active connection as its service says, once: reads and sends fail from now on. Returns
 * whether there was one. */
static bool cut(struct connection *connection)
{
    int fd = connection->fd;

    if (fd < 0)
        return false;
    if (connection->service->cut != NULL)
        connection->service->cut(fd);
    else
        shutdown(fd, SHUT_RDWR);
    connection->fd = -1;
    connection->was_cut = 1;
    return true;
}

void connection_cut(struct connection *connection, uint32_t number)
{
    if (number != connection->number || !cut(connection))
        return;
    counter_add(&connection->page->counters.timeouts, 1);
    atomic_store(&connection->page->late, 0);
}

void connection_abort(struct connection *connection)
{
    cut(connection);
}
