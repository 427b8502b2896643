/*
 * session: see session.h.
 */
#include "client/control/session.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/endpoint.h"
#include "common/io.h"
#include "common/number.h"

enum { REPLY_SIZE_FIRST = 16384, REPLY_SIZE_MAX = 1 << 26 };

/* What has been received of the reply. */
struct text {
    char *bytes; /* with a NUL behind them */
    size_t length, size;
};

/* Put a message in *REPLY, or NULL if there is no memory. Returns STATUS. */
__attribute__((format(printf, 3, 4))) static enum status give_up(char **reply, enum status status,
                                                                 const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(reply, format, arguments) < 0)
        *reply = NULL;
    va_end(arguments);
    return status;
}

static enum status explain_no_master(const char *path, char **reply)
{
    switch (errno) {
    case EACCES:
    case EPERM:
        return give_up(reply, STATUS_NO_PERMISSION, "not permitted to command the master at %s",
                       path);
    case ENOENT:
        return give_up(reply, STATUS_UNAVAILABLE,
                       "no master: there is no control socket %s; is it running, and does its "
                       "configuration set control?",
                       path);
    case ECONNREFUSED:
        return give_up(reply, STATUS_UNAVAILABLE, "no master: the control socket %s is not served",
                       path);
    default:
        return give_up(reply, STATUS_UNAVAILABLE, "cannot reach the master at %s: %s", path,
                       strerror(errno));
    }
}

/* BEGUN says whether the master has answered that it obeys. */
static enum status explain_silence(const char *path, int64_t timeout_ns, bool begun, char **reply)
{
    char limit[NUMBER_TEXT_SIZE];

    if (errno != ETIMEDOUT)
        return give_up(reply, STATUS_UNAVAILABLE, "lost the connection to the master at %s: %s",
                       path, strerror(errno));
    number_format_duration(timeout_ns, limit);
    if (begun)
        return give_up(
            reply, STATUS_UNAVAILABLE,
            "the master at %s has begun, and has not ended within %s: it goes on, see its "
            "log, status and why",
            path, limit);
    return give_up(reply, STATUS_UNAVAILABLE,
                   "the master at %s does not answer within %s: is it stopped?", path, limit);
}

static int make_room(struct text *text)
{
    size_t size = text->size == 0 ? REPLY_SIZE_FIRST : text->size * 2;
    char *bytes;

    if (text->length + 1 < text->size)
        return 0;
    if (size > REPLY_SIZE_MAX) {
        errno = EFBIG;
        return -1;
    }
    bytes = realloc(text->bytes, size);
    if (bytes == NULL)
        return -1;
    text->bytes = bytes;
    text->size = size;
    return 0;
}

/* Receive what comes next. Returns 1, 0 at end of file, or -1 with errno. */
static int receive(int fd, struct text *text, int64_t deadline_ns)
{
    ssize_t got;

    if (make_room(text) < 0 || io_wait(fd, POLLIN, deadline_ns) < 0)
        return -1;
    do
        got = recv(fd, text->bytes + text->length, text->size - text->length - 1, 0);
    while (got < 0 && errno == EINTR);
    /* A reset behind the reply: the master has not read all of the command. */
    if (got < 0)
        return errno == ECONNRESET && text->length > 0 ? 0 : -1;
    text->length += (size_t)got;
    text->bytes[text->length] = '\0';
    return got > 0;
}

/* Receive everything up to end of file: the first line until FIRST_NS, the rest until LAST_NS.
 * Returns 0, or -1 with errno. */
static int receive_all(int fd, struct text *text, int64_t first_ns, int64_t last_ns)
{
    int more;

    do {
        bool begun = text->length > 0 && strchr(text->bytes, '\n') != NULL;

        more = receive(fd, text, begun ? last_ns : first_ns);
    } while (more > 0);
    return more;
}

/* Put the WHY of LINE, `STATUS WHY`, in *REPLY. Returns the status. */
static enum status take_refusal(const char *line, char **reply)
{
    char *why;
    long status = strtol(line, &why, 10);

    if (why == line || status <= 0 || status > 255)
        return give_up(reply, STATUS_FAILED, "the master refused: %s", line);
    return give_up(reply, (enum status)status, "%s", why + (*why == ' '));
}

/* Put what TEXT has between `ok` and `end` in *REPLY; or the reason why there is no such reply, and
 * then return what to exit with. */
static enum status take_reply(const char *path, struct text *text, char **reply)
{
    static const char begin[] = "ok\n", refusal[] = "error ", end[] = "end\n";
    size_t length = text->length;

    if (length > 0 && strncmp(text->bytes, refusal, strlen(refusal)) == 0) {
        text->bytes[strcspn(text->bytes, "\n")] = '\0';
        return take_refusal(text->bytes + strlen(refusal), reply);
    }
    if (length == 0)
        return give_up(reply, STATUS_UNAVAILABLE,
                       "the connection to %s was closed without a reply: the log of the master may "
                       "say why",
                       path);
    if (strncmp(text->bytes, begin, strlen(begin)) != 0)
        return give_up(reply, STATUS_UNAVAILABLE, "what answers at %s is not preforkd", path);
    if (length < strlen(begin) + strlen(end) || strlen(text->bytes) != length ||
        strcmp(text->bytes + length - strlen(end) - 1, "\nend\n") != 0)
        return give_up(reply, STATUS_UNAVAILABLE, "the reply of the master at %s is incomplete",
                       path);
    text->bytes[length - strlen(end)] = '\0';
    *reply = strdup(text->bytes + strlen(begin));
    return *reply == NULL ? STATUS_SYSTEM : STATUS_OK;
}

static int send_command(int fd, const char *command, int64_t deadline_ns)
{
    char *line;
    int length = asprintf(&line, "%s\n", command), sent;

    if (length < 0)
        return -1;
    sent = io_write_full(fd, line, (size_t)length, deadline_ns);
    free(line);
    return sent < 0 && errno != EPIPE ? -1 : 0; /* a master that hangs up may have sent a reason */
}

enum status session_ask(const char *path, const char *command, int64_t timeout_ns,
                        int64_t outcome_ns, char **reply)
{
    struct endpoint endpoint;
    struct text text = {0};
    const char *reason = endpoint_set_path(&endpoint, path, SOCK_STREAM);
    int64_t first_ns, last_ns;
    enum status status;
    int fd;

    *reply = NULL;
    if (reason != NULL)
        return give_up(reply, STATUS_USAGE, "the control socket '%s' %s", path, reason);
    first_ns = clock_now_ns() + timeout_ns;
    last_ns = outcome_ns == IO_NO_DEADLINE ? IO_NO_DEADLINE : first_ns - timeout_ns + outcome_ns;
    fd = endpoint_connect(&endpoint, timeout_ns);
    if (fd < 0)
        return errno == ETIMEDOUT ? explain_silence(path, timeout_ns, false, reply)
                                  : explain_no_master(path, reply);
    if (send_command(fd, command, first_ns) < 0 || receive_all(fd, &text, first_ns, last_ns) < 0)
        status = explain_silence(path, timeout_ns, text.length > 0, reply);
    else
        status = take_reply(path, &text, reply);
    free(text.bytes);
    close(fd);
    return status;
}
