/*
 * datagram: one datagram from receipt to answer.
 */
#ifndef PREFORKD_SERVER_WORKER_DATAGRAM_H
#define PREFORKD_SERVER_WORKER_DATAGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "server/worker/connection.h"

/* Receive one datagram from SOCKET, which is bound to inet port OWN_PORT (0: unix), and answer it;
 * where it is bound to ANY_ADDRESS, from the one that was asked. Nothing here blocks: what cannot be
 * answered is dropped and counted. 0, or -1 with errno when nothing could be received. */
int datagram_serve(struct connection *connection, int socket, uint16_t own_port, bool any_address);

#endif
