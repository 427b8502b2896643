/*
 * send_along: a client that sends a TCP connection along with its first byte (SCM_RIGHTS), whose
 * end waits for a minute, as its peer does not read. It keeps no descriptor of it, says `sent`,
 * or `refused` where the server's socket takes no descriptors, and waits for its end.
 *
 *   send_along PATH
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/helpers/lingering.h"

int main(int count, char **words)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct iovec content = {.iov_base = "A", .iov_len = 1};
    struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), sent = lingering_make(60);

    if (count != 2 || fd < 0 || strlen(words[1]) >= sizeof(address.sun_path))
        return 64;
    strcpy(address.sun_path, words[1]);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return 69;
    puts(lingering_send(fd, &message, sent) < 0 ? "refused" : "sent");
    fflush(stdout);
    close(sent);
    pause();
    return 0;
}
