/*
 * attempts: what a worker in the hands of an attacker would try, each a function that undoes what
 * it could do, and the service that has a client choose one.
 */
#ifndef PREFORKD_TESTS_HOSTILE_ATTEMPTS_H
#define PREFORKD_TESTS_HOSTILE_ATTEMPTS_H

#include <sys/types.h>

/* What they are made on. */
struct attempt_target {
    int listener, connection;
    pid_t master, sibling;
};

struct attempt {
    const char *name;
    int (*make)(const struct attempt_target *on); /* returns 0, or the errno of what refused it */
};

/* To get at files, sockets and the listener; and at processes and the kernel. Ended by NULL. */
extern const struct attempt attempts_on_descriptors[], attempts_on_processes[];

/* Close FD, if it is one. Returns 0, or the errno by which it could not be had. */
int attempt_close(long fd);

/* Return 0 where RESULT, or the errno REACHED, says that the kernel has judged the arguments of a
 * call, which it does not do for one that is forbidden; or the errno. */
int attempt_judge(long result, int reached);

#endif
