/*
 * diagnosis: what a worker that missed its deadline is doing, for the log.
 */
#ifndef PREFORKD_SERVER_SCOREBOARD_DIAGNOSIS_H
#define PREFORKD_SERVER_SCOREBOARD_DIAGNOSIS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/scoreboard/reading.h"

enum { DIAGNOSIS_SIZE = 640 };

/* Print the peer of the worker PID, how long its connection has lasted, the bytes each way, and
 * where the kernel says that it waits (proc(5), wchan and syscall). PAGE may be torn or forged: its
 * values are copied once and only printed. Without KNOWS_BYTES, as where a program moves them, they
 * are left out. */
void diagnosis_print(pid_t pid, const struct worker_page *page, const struct reading *reading,
                     bool knows_bytes, int64_t now_ns, char text[DIAGNOSIS_SIZE]);

#endif
