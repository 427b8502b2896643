/*
 * program_pid: which program a worker runs, by what the kernel knows of the worker's children.
 */
#ifndef PREFORKD_SERVER_CONTROL_PROGRAM_PID_H
#define PREFORKD_SERVER_CONTROL_PROGRAM_PID_H

#include <sys/types.h>

/* Return the first child of the process WORKER; -1 where it has none, or the kernel does not say
 * (CONFIG_PROC_CHILDREN, /proc). */
pid_t program_pid(pid_t worker);

#endif
