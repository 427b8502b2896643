/*
 * send_along: a client that sends a TCP connection along with its first byte (SCM_RIGHTS), whose
 * end waits for a minute, as its peer does not read. It keeps no descriptor of it, says `sent`,
 * or `refused` where the server's socket takes no descriptors, and waits for its end.
 *
 *   send_along PATH
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Return a connection with unsent data. Its peer stays open. */
static int make_lingering(void)
{
    static const struct linger linger = {1, 60};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    static const char zeros[65536];
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

    if (listener < 0 || fd < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 ||
        listen(listener, 1) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0 ||
        connect(fd, (struct sockaddr *)&address, length) < 0 || accept(listener, NULL, NULL) < 0)
        exit(67);
    while (send(fd, zeros, sizeof(zeros), MSG_DONTWAIT) > 0)
        ;
    return fd;
}

static ssize_t send_with(int to, int sent)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
                            .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS}};
    struct iovec content = {.iov_base = "A", .iov_len = 1};
    struct msghdr message = {.msg_iov = &content,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};

    memcpy(CMSG_DATA(&control.header), &sent, sizeof(sent));
    return sendmsg(to, &message, MSG_NOSIGNAL);
}

int main(int count, char **words)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), sent = make_lingering();

    if (count != 2 || fd < 0 || strlen(words[1]) >= sizeof(address.sun_path))
        return 64;
    strcpy(address.sun_path, words[1]);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return 69;
    puts(send_with(fd, sent) < 0 ? "refused" : "sent");
    fflush(stdout);
    close(sent);
    pause();
    return 0;
}
