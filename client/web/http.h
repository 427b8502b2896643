/*
 * http: HTTP/1.1 on standard input and output, for one connection: the pages that show a master.
 */
#ifndef PREFORKD_CLIENT_WEB_HTTP_H
#define PREFORKD_CLIENT_WEB_HTTP_H

#include <stdint.h>

/* Answer requests until the client leaves, is late or wants no more. CONTROL is the control socket
 * of the master that is shown. TIMEOUT_NS is how long a request may take to arrive whole, the
 * master to answer, and the client to take an answer. Returns the exit status. */
int http_serve(const char *control, int64_t timeout_ns);

#endif
