/*
 * preforkcall: sends one request and prints the reply. Without DATA it behaves as the article's
 * client; with DATA it sends DATA, closes its half of the connection and copies the reply to
 * standard output.
 */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/shared/command_line.h"
#include "client/shared/program.h"
#include "client/shared/target.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/log.h"
#include "common/number.h"

static const char name[] = "preforkcall";

struct call {
    struct target_options to;
    const char *data; /* NULL: the one character of the article's client */
    int64_t timeout_ns;
};

/* One request and its reply. They may overlap: a server that answers as it reads would block for
 * ever on a client that writes everything first. */
struct exchange {
    int fd;
    bool datagram, article;
    const char *unsent;
    size_t left;
    bool sending;
    size_t received;
};

#define FIELD(member) offsetof(struct call, member)
static const struct command_option options[] = {
    {"c", "FILE", "call the server of this configuration", OPTION_TEXT, .offset = FIELD(to.config)},
    {"p", "POOL", "the pool of FILE to call, if it has several", OPTION_TEXT,
     .offset = FIELD(to.pool)},
    {"datagram", NULL, "ENDPOINT is a datagram socket", OPTION_FLAG, .offset = FIELD(to.datagram)},
    {"timeout", "DURATION", "give up after DURATION (10s)", OPTION_DURATION,
     .offset = FIELD(timeout_ns), .range = {NS_PER_MS, 86400 * NS_PER_S}},
};

static const struct command_line command_line = {
    .program = name,
    .usage = "usage: preforkcall [-c FILE [-p POOL] | ENDPOINT] [options] [DATA]\n"
             "\n"
             "Send DATA and print the reply; without DATA send 'A' and print the character\n"
             "that comes back. ENDPOINT is unix:PATH, unix:@NAME or inet:HOST:PORT.\n"
             "\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
};

/* Return COMMAND_LINE_GO_ON, or STATUS_USAGE with the reason logged. */
static int take_operands(struct call *call, int count, char **operands)
{
    int used = 0;

    if (call->to.config == NULL && used < count)
        call->to.endpoint = operands[used++];
    if (used < count)
        call->data = operands[used++];
    if (used == count)
        return COMMAND_LINE_GO_ON;
    warnx("one operand too many: '%s'", operands[used]);
    return program_refuse_usage(name);
}

/* Return a socket that is connected to TARGET, or -1 with errno. */
static int open_socket(const struct target *target, int64_t timeout_ns)
{
    int fd = endpoint_connect(&target->endpoint, timeout_ns);

    if (fd >= 0 && target_name_socket(&target->endpoint, fd) < 0)
        die(STATUS_SYSTEM, "cannot name the socket");
    return fd;
}

/* Send what the socket takes now. Returns 0, or -1 with errno. EPIPE and ECONNRESET are no failure:
 * the server may have answered before it closed its end, and receive_some finds out. */
static int send_some(struct exchange *exchange)
{
    ssize_t put = send(exchange->fd, exchange->unsent, exchange->left, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (put < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (put < 0) {
        exchange->sending = false;
        return errno == EPIPE || errno == ECONNRESET ? 0 : -1;
    }
    exchange->unsent += put;
    exchange->left -= (size_t)put;
    if (exchange->left > 0)
        return 0;
    exchange->sending = false;
    if (!exchange->datagram && !exchange->article)
        shutdown(exchange->fd, SHUT_WR);
    return 0;
}

static void print_reply(const struct exchange *exchange, const char *bytes, size_t size)
{
    if (exchange->article)
        printf("char from server = %c\n", bytes[0]);
    else
        fwrite(bytes, 1, size, stdout);
    if (fflush(stdout) != 0 || ferror(stdout))
        die(STATUS_SYSTEM, "cannot write to standard output");
}

/* Print what has arrived. Returns 1 if more may come, 0 at the end of the reply, -1 with errno if
 * there is none: ENODATA if the server closed the connection. */
static int receive_some(struct exchange *exchange)
{
    char bytes[65536];
    ssize_t got = recv(exchange->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 1;
    /* A reset after a reply: the server did not read all of DATA, and the reply is complete. */
    if (got < 0 && exchange->received > 0 && (errno == ECONNRESET || errno == EPIPE))
        return 0;
    if (got < 0)
        return -1;
    if (got > 0)
        print_reply(exchange, bytes, (size_t)got);
    exchange->received += (size_t)got;
    if (exchange->datagram && (got > 0 || !exchange->article))
        return 0;
    if (got > 0)
        return exchange->article ? 0 : 1;
    errno = ENODATA;
    return exchange->received > 0 ? 0 : -1;
}

/* Send and receive until the reply is complete. Returns 0, or -1 with errno as receive_some. */
static int converse(struct exchange *exchange, int64_t deadline_ns)
{
    int more;

    do {
        if (exchange->sending && send_some(exchange) < 0)
            return -1;
        if (io_wait(exchange->fd, exchange->sending ? POLLIN | POLLOUT : POLLIN, deadline_ns) < 0)
            return -1;
        more = receive_some(exchange);
    } while (more > 0);
    return more;
}

static enum status report_failure(const struct target *target, const struct call *call,
                                  const struct exchange *exchange)
{
    char limit[NUMBER_TEXT_SIZE];

    number_format_duration(call->timeout_ns, limit);
    if (errno == ENODATA)
        warnx("%s closed the connection without a reply", target->text);
    else if (errno == ETIMEDOUT && exchange->received > 0)
        warnx("the reply of %s did not end within %s", target->text, limit);
    else if (errno == ETIMEDOUT)
        warnx("no reply from %s within %s", target->text, limit);
    else
        warn("no reply from %s", target->text);
    return STATUS_UNAVAILABLE;
}

static enum status make_call(const struct target *target, const struct call *call)
{
    int64_t deadline_ns = clock_now_ns() + call->timeout_ns;
    struct exchange exchange = {
        .fd = open_socket(target, call->timeout_ns),
        .datagram = target->endpoint.type == SOCK_DGRAM,
        .article = call->data == NULL,
        .unsent = call->data == NULL ? "A" : call->data,
        .sending = true,
    };
    enum status status = STATUS_OK;

    if (exchange.fd < 0) {
        target_warn_unreachable(target);
        return STATUS_UNAVAILABLE;
    }
    exchange.left = strlen(exchange.unsent);
    if (converse(&exchange, deadline_ns) < 0)
        status = report_failure(target, call, &exchange);
    close(exchange.fd);
    return status;
}

int main(int argc, char **argv)
{
    struct call call = {.timeout_ns = 10 * NS_PER_S};
    struct target target;
    int status;

    program_start(name);
    status = command_line_parse(&command_line, &call, NULL, argc, argv);
    if (status == COMMAND_LINE_GO_ON)
        status = take_operands(&call, argc - optind, argv + optind);
    if (status != COMMAND_LINE_GO_ON)
        return status;
    status = (int)target_find(&call.to, &target);
    if (status != STATUS_OK)
        return status;
    status = (int)make_call(&target, &call);
    target_free(&target);
    return status;
}
