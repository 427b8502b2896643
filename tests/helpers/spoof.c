/*
 * spoof PORT FROM_PORT: send the UDP datagram `A` to 127.0.0.1:PORT as if it came from
 * 127.0.0.1:FROM_PORT, which another process has. Only root may.
 */
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/status.h"

int main(int argc, char **argv)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct {
        struct udphdr header;
        char byte;
    } datagram = {.byte = 'A'};
    const size_t size = sizeof(datagram.header) + 1;
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);

    log_init("spoof");
    if (argc != 3)
        diex(STATUS_USAGE, "spoof PORT FROM_PORT");
    if (fd < 0)
        die(STATUS_NO_PERMISSION, "socket");
    datagram.header.dest = htons((in_port_t)atoi(argv[1]));
    datagram.header.source = htons((in_port_t)atoi(argv[2]));
    datagram.header.len = htons((in_port_t)size); /* without a checksum, as IPv4 allows */
    if (sendto(fd, &datagram, size, 0, (const struct sockaddr *)&to, sizeof(to)) < 0)
        die(STATUS_SYSTEM, "sendto");
    close(fd);
    return 0;
}
