/*
 * http: HTTP/1.1 on standard input and output, for one connection: the pages that show a master.
 */
#ifndef PREFORKD_CLIENT_WEB_HTTP_H
#define PREFORKD_CLIENT_WEB_HTTP_H

#include "client/web/pages.h"

/* Answer requests until the client leaves, is late or wants no more. Returns the exit status. */
int http_serve(const struct site *site);

#endif
