/*
 * rules: which system calls a worker may make, and which a program may not.
 */
#ifndef PREFORKD_SERVER_WORKER_SANDBOX_RULES_H
#define PREFORKD_SERVER_WORKER_SANDBOX_RULES_H

#include <stddef.h>

#include "server/worker/sandbox/filter.h"

/* Bits of filter_job.pools. */
enum {
    RULES_STREAMS = 1,
    RULES_INET_DATAGRAMS = 2, /* whose answers say from which address they come: sendmsg(2) */
    RULES_MODULES = 4,        /* which may have opened files */
};

/* Of a worker that serves by itself: what it needs is allowed, and nothing else. */
extern const struct filter_rule rules_of_worker[];
extern const size_t rules_of_worker_count;

/* Of a program and of the worker that starts it: what breaks out of a service is denied. */
extern const struct filter_rule rules_of_program[];
extern const size_t rules_of_program_count;

/* What seccomp(2) does, by verdict: where the sandbox is in force; and where it only says what it
 * would refuse: the errno, 0 for the end of the process, goes to the handler of SIGSYS. */
extern const uint32_t rules_enforced[VERDICTS];
extern const uint32_t rules_logged[VERDICTS];

#endif
