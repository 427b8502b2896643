/*
 * places: see places.h.
 */
#include "server/control/admission/places.h"

#include "common/clock.h"

enum { READERS_MAX = CONTROL_CLIENTS / 2 };

/* Hang up on the client with that RIGHT that would be late first. Returns its place, or NULL where
 * none would ever be. */
static struct control_client *evict(struct control *control, enum right right)
{
    struct control_client *idlest = NULL;

    for (size_t i = 0; i < control->count; i++) {
        struct control_client *client = control->connected[i];

        if (client->command.peer.right == right && client->due_ns != NEVER_NS &&
            (idlest == NULL || client->due_ns < idlest->due_ns))
            idlest = client;
    }
    if (idlest != NULL)
        control_client_hang_up(idlest);
    return idlest;
}

static size_t count_readers(const struct control *control)
{
    size_t count = 0;

    for (size_t i = 0; i < control->count; i++)
        count += control->connected[i]->command.peer.right != RIGHT_COMMAND;
    return count;
}

struct control_client *places_free(struct control *control)
{
    struct control_client *place = evict(control, RIGHT_NONE);

    if (place == NULL)
        place = evict(control, RIGHT_ASK);
    return place == NULL ? evict(control, RIGHT_COMMAND) : place;
}

struct control_client *places_find(struct control *control, enum right right)
{
    if (right != RIGHT_COMMAND &&
        (control->count == CONTROL_CLIENTS || count_readers(control) == READERS_MAX))
        return evict(control, RIGHT_ASK);
    if (control->count == CONTROL_CLIENTS)
        return places_free(control);
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        if (control->clients[i].control == NULL)
            return &control->clients[i];
    }
    return NULL;
}
