/* Answer each byte with the next one, as the service increment does, on the listener that is descriptor 3. */
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENER = 3 };

static volatile sig_atomic_t leaving;

static void leave(int number) { leaving = number; }

static void serve(int client) {
    unsigned char byte;

    if (read(client, &byte, 1) == 1) {
        byte++;
        (void)!write(client, &byte, 1);
    }
    close(client);
}

int main(void) {
    struct sigaction action = {.sa_handler = leave};
    struct pollfd listener = {.fd = LISTENER, .events = POLLIN};
    sigset_t before, term;

    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, &before); /* it comes in ppoll() alone: no client is cut */
    sigaction(SIGTERM, &action, NULL);
    while (!leaving) {
        int client = ppoll(&listener, 1, NULL, &before) == 1 ? accept(LISTENER, NULL, NULL) : -1;

        if (client >= 0)
            serve(client);
    }
}
