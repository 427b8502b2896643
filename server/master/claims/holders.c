/*
 * holders: see holders.h.
 */
#include "server/master/claims/holders.h"

struct holders holders_begin(const struct holdings *all)
{
    return (struct holders){.all = all, .pool = *all->pools};
}

bool holders_next(struct holders *holders, struct holder *holder)
{
    const struct inherited *inherited = *holders->all->inherited;

    while (holders->pool != NULL) {
        const struct pool *pool = holders->pool;

        holders->pool = pool->next;
        *holder = (struct holder){pool->listener, pool->config->name, pool->root,
                                  pool->phase != PHASE_RUNNING ||
                                      pool->generation != *holders->all->generation};
        if (pool->listener != NULL)
            return true;
    }
    while (holders->inherited < inherited->count) {
        const struct inherited_listener *item = &inherited->items[holders->inherited++];

        *holder = (struct holder){.listener = item->listener, .pool = item->pool};
        if (item->pool != NULL)
            return true;
    }
    return false;
}
