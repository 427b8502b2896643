/*
 * notify: see notify.h.
 */
#include "server/pool/kinds/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/wait_limit.h"

/* A process that floods the socket wakes the master so often at most. */
#define INTERVAL_NS (5 * NS_PER_MS)

enum { MESSAGES_AT_ONCE = 16, MESSAGE_SIZE = 4096 };

/* Room for who sent a message, and for no descriptor: the kernel closes what comes along. */
union control {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(struct ucred))];
};

/* Returns the pid of the sender of MESSAGE, or 0. */
static pid_t sender_of(struct msghdr *message)
{
    const struct cmsghdr *header = CMSG_FIRSTHDR(message);
    struct ucred sender = {.pid = 0};

    if (header != NULL && header->cmsg_level == SOL_SOCKET &&
        header->cmsg_type == SCM_CREDENTIALS && header->cmsg_len == CMSG_LEN(sizeof(sender)))
        memcpy(&sender, CMSG_DATA(header), sizeof(sender));
    return sender.pid;
}

/* Returns whether there was a message. */
static bool read_one(const struct notify *notify)
{
    char text[MESSAGE_SIZE];
    union control control;
    struct iovec content = {.iov_base = text, .iov_len = sizeof(text) - 1};
    struct msghdr message = {.msg_iov = &content,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t got = recvmsg(notify->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    pid_t pid;

    if (got < 0)
        return false;
    pid = sender_of(&message);
    text[got] = '\0';
    if (pid > 0)
        notify->handler(notify->context, pid, text);
    return true;
}

static void read_some(struct notify *notify, int64_t now_ns)
{
    int messages = 0;

    wait_limit_begin(); /* a message may carry a connection whose end waits */
    while (messages < MESSAGES_AT_ONCE && !wait_limit_is_over() && read_one(notify))
        messages++;
    wait_limit_end();
    notify->due_ns = messages == 0 ? NEVER_NS : now_ns + INTERVAL_NS;
    if (event_loop_change(notify->loop, notify->fd, messages == 0 ? EPOLLIN : 0) < 0)
        warn("cannot watch the socket by which programs notify");
}

static void on_message(void *context, uint32_t events)
{
    (void)events;
    read_some(context, clock_coarse_ns());
}

/* Bind the socket to an abstract name that the kernel chooses. Returns 0, or -1 with errno. */
static int bind_socket(struct notify *notify)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof(address);
    int on = 1;

    if (setsockopt(notify->fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
        bind(notify->fd, (struct sockaddr *)&address, sizeof(address.sun_family)) < 0 ||
        getsockname(notify->fd, (struct sockaddr *)&address, &length) < 0)
        return -1;
    snprintf(notify->name, sizeof(notify->name), "@%.*s",
             (int)(length - offsetof(struct sockaddr_un, sun_path) - 1), address.sun_path + 1);
    return 0;
}

int notify_open(struct notify *notify, struct event_loop *loop, notify_handler *handler,
                void *context)
{
    *notify =
        (struct notify){.loop = loop, .handler = handler, .context = context, .due_ns = NEVER_NS};
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify->fd < 0)
        return -1;
    if (bind_socket(notify) == 0 &&
        event_loop_add(loop, notify->fd, EPOLLIN, on_message, notify) == 0)
        return 0;
    close(notify->fd);
    notify->fd = -1;
    return -1;
}

bool notify_next(char **text, const char **name, const char **value)
{
    char *rest;

    do {
        rest = strsep(text, "\n");
        *name = strsep(&rest, "=");
    } while (*name != NULL && rest == NULL);
    *value = rest;
    return *name != NULL;
}

int64_t notify_continue(struct notify *notify, int64_t now_ns)
{
    if (now_ns >= notify->due_ns)
        read_some(notify, now_ns);
    return notify->due_ns;
}

void notify_close(struct notify *notify)
{
    if (notify->fd < 0)
        return;
    event_loop_remove(notify->loop, notify->fd);
    wait_limit_begin(); /* there may be messages */
    close(notify->fd);
    wait_limit_end();
    notify->fd = -1;
}
