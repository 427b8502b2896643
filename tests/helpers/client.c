/*
 * client: a client for the tests that does one action at a time, and prints the outcome.
 *
 *   client [-n COUNT] [-t SECONDS] KIND:ADDRESS ACTION...
 *
 * KIND:ADDRESS is unix:PATH|@NAME, dgram:PATH|@NAME, inet:[HOST:]PORT or udp:[HOST:]PORT (IPv4).
 *
 * Each action is done by all COUNT connections (1) before the next one begins:
 *
 *   connect      blocking                      connect?     without blocking: prints the outcome
 *   send:TEXT    send:TEXT*N repeats it        half-close   shut our side down
 *   read         to end of file, printed       expect:TEXT  these bytes, nothing else
 *   count        to end of file or an error: prints how many connections got how many bytes
 *   eof          end of file, nothing else     segments     prints TCP segments received
 *   from:ADDRESS what the next connect binds   nothing      nothing has come so far
 *   all-bytes:N  send the 256 bytes: each comes back plus N, modulo 256
 *   datagram:N   send one of N bytes `A`       receive      one read: prints its size, first byte
 *   say:TEXT     print a line of our own       wait         read a line from standard input
 *   sleep:MS     let time pass                 close        reset        close with a reset
 *
 * It ends with 1 and says why when an action is not as expected, or takes over SECONDS (10).
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/helpers/client/client.h"

int main(int argc, char **argv)
{
    struct calls calls = {.count = 1};
    struct rlimit descriptors;
    unsigned int seconds = 10;
    int option;

    while ((option = getopt(argc, argv, "n:t:")) != -1) {
        if (option == 'n')
            calls.count = atoi(optarg);
        else if (option == 't')
            seconds = (unsigned int)atoi(optarg);
        else
            return 64;
    }
    if (optind + 1 >= argc || calls.count < 1)
        client_fail("usage", "client [-n COUNT] [-t SECONDS] ENDPOINT ACTION...");
    signal(SIGPIPE, SIG_IGN);
    alarm(seconds);
    getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
    calls.target = client_target(argv[optind]);
    calls.fds = calloc((size_t)calls.count, sizeof(*calls.fds));
    if (calls.fds == NULL)
        client_fail("calloc", strerror(errno));
    for (int i = optind + 1; i < argc; i++)
        client_act(&calls, argv[i]);
    free(calls.fds);
    return 0;
}
