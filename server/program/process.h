/*
 * process: a program that runs, and how it is brought to its end: by TERM, and by KILL after
 * kill_after, to its group and to itself.
 */
#ifndef PREFORKD_SERVER_PROGRAM_PROCESS_H
#define PREFORKD_SERVER_PROGRAM_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/program/outcome.h"

struct process {
    pid_t pid;          /* 0: there is none */
    int pid_fd;         /* readable once it has ended; -1: it has none */
    bool is_ending;     /* it was sent TERM */
    bool has_ended;     /* it is to be reaped; its group may be waited for */
    bool is_alone;      /* and its group was seen to have ended, too */
    int64_t kill_ns;    /* when it is killed, if it is ending */
    int64_t give_up_ns; /* when it should have ended of that */
};

/* Return the process of a program that was just started. */
struct process process_started(pid_t pid, int pid_fd);

/* Send NUMBER to the group of PID, and to PID itself where it has changed to another group: once,
 * for many a program takes a second TERM as an order to hurry. PID must not be reaped yet.
 * Async-signal-safe. */
void process_signal(pid_t pid, int number);

/* Cut a connection: its program PID ends it, by TERM; where there is none, as PID is 0, it is
 * lingering, and its socket FD is shut down. -1: no program has the socket, and it stays as it is.
 * Async-signal-safe. */
void process_cut(pid_t pid, int fd);

/* PROCESS was sent TERM at NOW_NS: have it killed KILL_AFTER_NS later. */
void process_note_term(struct process *process, int64_t now_ns, int64_t kill_after_ns);

/* Kill PROCESS if that is due. Returns whether it is running although it was killed a while ago, as
 * one that has another user's rights. */
bool process_outlives_kill(struct process *process, int64_t now_ns);

/* Return whether there is nothing more to wait for. When a program ends of TERM, the others of its
 * group were sent it as well, and have until kill_after. It is not reaped before they have ended:
 * its pid is their group's, and no other process's as long as it is a zombie. */
bool process_is_over(struct process *process);

/* Return when to look at PROCESS again, if its end is not reported before; NEVER_NS if no time is
 * due. */
int64_t process_due_ns(const struct process *process, int64_t now_ns);

/* Reap PROCESS, which has ended. Returns its status, as waitpid(2) has it. */
int process_reap(struct process *process);

/* Log that the program PID of POOL, which waited for a client, has ended with STATUS. */
void process_log_death(pid_t pid, const char *pool, int status);

/* Return what STATUS means, of a program whose client HAS_GONE before it, or has not. */
enum program_outcome process_outcome(int status, bool has_gone);

#endif
