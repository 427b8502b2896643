/*
 * client: the parts of helpers/client.c: where it connects, and its actions.
 */
#ifndef PREFORKD_TESTS_HELPERS_CLIENT_CLIENT_H
#define PREFORKD_TESTS_HELPERS_CLIENT_CLIENT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

struct target {
    union {
        struct sockaddr any;
        struct sockaddr_un unix_domain;
        struct sockaddr_in inet;
    } address;
    socklen_t length;
    int type;
};

struct calls {
    struct target target;
    struct target source; /* of length 0: the kernel chooses */
    int count;
    int *fds;
};

/* Print what ACTION failed with, and exit with 1. */
_Noreturn void client_fail(const char *action, const char *why);

/* Read KIND:ADDRESS. */
struct target client_target(const char *text);

/* Bind the connections that follow to TEXT, an address of the target's family. */
void client_set_source(struct calls *calls, const char *text);

/* Do ACTION, NAME or NAME:TEXT, for each connection, or once where it concerns them all. */
void client_act(struct calls *calls, const char *action);

#endif
