/*
 * config_reader: a child process that reads the configuration for a running master, and is gone
 * when it has.
 *
 * What a file, a directory service or a shortage of memory can do to a process that reads, they do
 * to the child: it may take its time, or die, and the master goes on.
 */
#ifndef PREFORKD_SERVER_MASTER_CONFIG_READER_H
#define PREFORKD_SERVER_MASTER_CONFIG_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/config/config.h"
#include "common/failure.h"

/* All zero: nothing is being read. */
struct config_reader {
    pid_t pid;      /* of the child; 0: there is none to wait for */
    bool open;      /* FD is open, and there will be a result */
    int fd;         /* the memory file for the result */
    int status;     /* how the child ended (waitpid(2)) */
    int64_t due_ns; /* when it is killed */
    bool is_late;   /* it was */
};

/* Start a child that reads SOURCE. */
MAY_FAIL config_reader_begin(struct config_reader *reader, const struct config_source *source,
                             int64_t now_ns, struct failure *failure);

/* Returns whether the process PID, which has ended with STATUS, is the child. */
bool config_reader_note_status(struct config_reader *reader, pid_t pid, int status);

/* Kill a child that is late, and wait for it no longer: one that waits in the kernel does not end.
 * Returns when to call again at the latest; at NOW_NS there is a result to be taken. */
int64_t config_reader_continue(struct config_reader *reader, int64_t now_ns);

/* Returns whether the child has ended since config_reader_begin(), or was late, once; with *CONFIG,
 * or with NULL and why in *WHY, lines to be freed (NULL: no memory). */
bool config_reader_take(struct config_reader *reader, struct config **config, char **why);

/* Kill the child, if there is one, and forget its result. */
void config_reader_cancel(struct config_reader *reader);

#endif
