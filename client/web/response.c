/*
 * response: see response.h.
 */
#include "client/web/response.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"

enum { DATE_SIZE = 64 };

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {421, "Misdirected Request"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

static const char *reason_of(int status)
{
    size_t i = 0;

    while (i < sizeof(reasons) / sizeof(reasons[0]) - 1 && reasons[i].status != status)
        i++;
    return reasons[i].reason;
}

static void print_date(FILE *out)
{
    time_t now = time(NULL);
    struct tm utc;
    char date[DATE_SIZE];

    if (gmtime_r(&now, &utc) != NULL &&
        strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &utc) > 0)
        fprintf(out, "Date: %s\r\n", date);
}

void response_print_head(const struct response *response, bool keeps, FILE *out)
{
    fprintf(out, "HTTP/1.1 %d %s\r\n", response->status, reason_of(response->status));
    print_date(out);
    fprintf(out, "Content-Type: %s\r\n", response->type);
    if (!response->goes_on)
        fprintf(out, "Content-Length: %zu\r\n", response->size);
    fprintf(out, "Connection: %s\r\n", keeps ? "keep-alive" : "close");
    fprintf(out, "Cache-Control: no-store\r\nContent-Security-Policy: %s\r\n",
            response->policy == NULL ? RESPONSE_POLICY : response->policy);
    fputs("X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n", out);
    fputs(response->headers == NULL ? "" : response->headers, out);
    fputs("\r\n", out);
}

/* Write as many of SIZE BYTES as go without a wait; poll(2) has said that some do. Standard output
 * may be a pipe, or blocking: then what fits any pipe goes. */
static ssize_t write_some(const char *bytes, size_t size)
{
    ssize_t put = send(STDOUT_FILENO, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (put < 0 && errno == ENOTSOCK)
        put = write(STDOUT_FILENO, bytes, size < PIPE_BUF ? size : PIPE_BUF);
    return put;
}

int response_send_bytes(const char *bytes, size_t size, int64_t deadline_ns)
{
    size_t done = 0;

    while (done < size) {
        ssize_t put;

        if (io_wait(STDOUT_FILENO, POLLOUT, deadline_ns) < 0)
            return -1;
        put = write_some(bytes + done, size - done);
        if (put >= 0)
            done += (size_t)put;
        else if (errno != EINTR && errno != EAGAIN)
            return -1;
    }
    return 0;
}

int response_send(const struct response *response, bool is_head, bool keeps, int64_t deadline_ns)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int sent;

    if (out == NULL)
        return -1;
    response_print_head(response, keeps, out);
    if (!is_head)
        fwrite(response->body, 1, response->size, out);
    sent = fclose(out) == 0 ? response_send_bytes(text, size, deadline_ns) : -1;
    free(text);
    return sent;
}
