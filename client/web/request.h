/*
 * request: the head of an HTTP/1.1 request, parsed strictly: what two programs could read
 * differently is malformed.
 */
#ifndef PREFORKD_CLIENT_WEB_REQUEST_H
#define PREFORKD_CLIENT_WEB_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "client/web/accept.h"
#include "client/web/host.h"

enum { REQUEST_SIZE_MAX = 8192 }; /* of a head; a longer one is malformed */

enum request_verdict { REQUEST_INCOMPLETE, REQUEST_COMPLETE, REQUEST_MALFORMED };

struct request {
    bool is_get, is_head; /* one of them, or it is another method */
    const char *path;     /* as it was sent, without the query; not ended by a NUL */
    size_t path_length;
    struct host host;
    bool keeps;    /* the client wants to send another request on the connection */
    bool has_body; /* bytes follow which are no request */
    struct accept accept;
    size_t length; /* of the head, with the empty line at its end */
};

/* Parse what has been received, the SIZE first BYTES of a connection or behind an earlier request.
 * More bytes change no other verdict than REQUEST_INCOMPLETE. With REQUEST_COMPLETE, REQUEST is
 * set, and points into BYTES. */
enum request_verdict request_parse(const char *bytes, size_t size, struct request *request);

#endif
