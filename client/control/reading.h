/*
 * reading: what a master says of itself at one moment: its reply to a command, as a snapshot.
 */
#ifndef PREFORKD_CLIENT_CONTROL_READING_H
#define PREFORKD_CLIENT_CONTROL_READING_H

#include <stdint.h>

#include "client/control/snapshot.h"
#include "common/status.h"

enum { READING_WHY_SIZE = 512 };

/* Begin with all zero. */
struct reading {
    char *reply; /* NULL: there is none yet */
    struct snapshot snapshot;
};

/* Send COMMAND to the master whose control socket is at PATH, and put its reply, which has to come
 * within TIMEOUT_NS, in READING in place of what is there. Returns STATUS_OK, or a status to exit
 * with, and then READING is unchanged and WHY has the reason. */
enum status reading_ask(struct reading *reading, const char *path, const char *command,
                        int64_t timeout_ns, char why[READING_WHY_SIZE]);

/* Free what is in READING, which may be used again. */
void reading_free(struct reading *reading);

#endif
