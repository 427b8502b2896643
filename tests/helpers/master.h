/*
 * master: what the helpers that disturb one need to know of it: where it answers, and who its
 * workers are.
 */
#ifndef PREFORKD_TESTS_HELPERS_MASTER_H
#define PREFORKD_TESTS_HELPERS_MASTER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "common/endpoint.h"
#include "common/log.h"
#include "common/status.h"

/* The endpoint that unix:PATH, unix:@NAME or inet:PORT means, the port at 127.0.0.1. */
static inline struct endpoint master_endpoint(const char *text)
{
    struct endpoint endpoint;
    const char *why = "is not unix:PATH or inet:PORT";

    if (strncmp(text, "unix:", 5) == 0)
        why = endpoint_set_path(&endpoint, text + 5, SOCK_STREAM);
    else if (strncmp(text, "inet:", 5) == 0)
        why = endpoint_set_inet(&endpoint, "127.0.0.1", (uint16_t)atoi(text + 5), SOCK_STREAM);
    if (why != NULL)
        diex(STATUS_USAGE, "%s: %s", text, why);
    return endpoint;
}

/* The pids of MASTER's children, zombies too, up to SIZE: how many there are; -1: MASTER is no
 * more. */
static inline int master_children(pid_t master, pid_t *pids, int size)
{
    char path[64];
    FILE *file;
    int count = 0;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)master, (int)master);
    file = fopen(path, "re");
    if (file == NULL)
        return -1;
    while (count < size && fscanf(file, "%d", &pids[count]) == 1)
        count++;
    fclose(file);
    return count;
}

#endif
