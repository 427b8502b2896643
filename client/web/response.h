/*
 * response: what goes back for a request, on standard output.
 */
#ifndef PREFORKD_CLIENT_WEB_RESPONSE_H
#define PREFORKD_CLIENT_WEB_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What clients may do with an answer; `'self'` and hashes are the page's own (page.h). */
#define RESPONSE_POLICY "default-src 'none'; frame-ancestors 'none'"

struct response {
    int status;
    const char *type;    /* Content-Type */
    const char *policy;  /* Content-Security-Policy; NULL: RESPONSE_POLICY */
    const char *headers; /* more lines, each with its end; NULL: none */
    const char *body;
    size_t size;
    bool goes_on; /* the body is what comes until the connection is closed */
};

/* Print the head of RESPONSE to OUT. KEEPS: another request may follow on the connection. */
void response_print_head(const struct response *response, bool keeps, FILE *out);

/* Send SIZE BYTES to the client, which has to take them until DEADLINE_NS. Returns 0, or -1 with
 * errno. */
int response_send_bytes(const char *bytes, size_t size, int64_t deadline_ns);

/* Send RESPONSE, the answer to HEAD without its body. Returns as response_send_bytes(). */
int response_send(const struct response *response, bool is_head, bool keeps, int64_t deadline_ns);

#endif
