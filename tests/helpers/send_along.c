/*
 * send_along: a client that sends a TCP connection along with a byte (SCM_RIGHTS), whose end waits
 * for a minute, as its peer does not read. It keeps no descriptor of it, says `sent`, or `refused`
 * where the server's socket takes no descriptors, and waits for its end. With a LINE it sends that
 * first and waits for a line on standard input, and it sends two connections along, each with a
 * byte.
 *
 *   send_along PATH [LINE]
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/helpers/lingering.h"

/* Send LINE, and wait until standard input has one. Returns whether that was so. */
static int send_line(int fd, const char *line)
{
    char go[8];

    return send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line) &&
           send(fd, "\n", 1, MSG_NOSIGNAL) == 1 && fgets(go, sizeof(go), stdin) != NULL;
}

int main(int count, char **words)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct iovec content = {.iov_base = "A", .iov_len = 1};
    struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), sent = lingering_make(60);
    int other = count == 3 ? lingering_make(60) : -1;
    ssize_t result;

    if ((count != 2 && count != 3) || fd < 0 || strlen(words[1]) >= sizeof(address.sun_path))
        return 64;
    strcpy(address.sun_path, words[1]);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return 69;
    if (count == 3 && !send_line(fd, words[2]))
        return 74;
    result = lingering_send(fd, &message, sent);
    if (result > 0 && count == 3)
        result = lingering_send(fd, &message, other);
    if (result > 0) {
        close(sent); /* not where it was refused: this process would wait for its end */
        if (other >= 0)
            close(other);
    }
    puts(result < 0 ? "refused" : "sent");
    fflush(stdout);
    pause();
    return 0;
}
