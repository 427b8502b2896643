/*
 * pages: the paths that there are, and what is answered for each. All of it only reads.
 */
#ifndef PREFORKD_CLIENT_WEB_PAGES_H
#define PREFORKD_CLIENT_WEB_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "client/web/request.h"
#include "client/web/response.h"

/* Which master is shown, and under which names. */
struct site {
    const char *control; /* the path of its control socket */
    const char *names;   /* as host_is_served() takes them; NULL: none were given */
    int64_t timeout_ns;  /* for its answers, for requests, and for clients to take theirs */
};

struct page {
    const char *path;
    bool is_probed; /* collectors and probes ask for it, by any name unless some were given */
    /* Print the body to OUT, and set the rest of RESPONSE where it is not 200 and text. NULL: the
     * answer goes on and on (feed.h). */
    void (*print)(const struct site *site, const struct request *request, struct response *response,
                  FILE *out);
};

/* Returns the page of REQUEST, or NULL. */
const struct page *pages_find(const struct request *request);

/* Set RESPONSE to what is sent where the master does not answer for the reason that is printed in
 * its body. */
void pages_say_unavailable(struct response *response);

#endif
