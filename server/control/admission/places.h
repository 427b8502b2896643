/*
 * places: room for the clients of the control socket. Readers have half of it at most:
 * however many there are, root and the master's user find a place.
 */
#ifndef PREFORKD_SERVER_CONTROL_ADMISSION_PLACES_H
#define PREFORKD_SERVER_CONTROL_ADMISSION_PLACES_H

#include "server/control/admission/rights.h"
#include "server/control/client.h"
#include "server/control/control.h"

/* Return a free place for a client with that RIGHT. Where there is none, hang up on the client that
 * would be late first: for a reader on a reader, for another client on a reader if there is one.
 * NULL: those clients all wait for a command to end, which has no limit. */
struct control_client *places_find(struct control *control, enum right right);

/* Hang up on the client that would be late first, a reader if there is one. Returns its place; NULL
 * where all wait for a command to end. */
struct control_client *places_free(struct control *control);

#endif
