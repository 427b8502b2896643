/*
 * pidfile: the file that says which process is the master.
 */
#ifndef PREFORKD_SERVER_MASTER_CLAIMS_PIDFILE_H
#define PREFORKD_SERVER_MASTER_CLAIMS_PIDFILE_H

#include <sys/types.h>

#include "common/failure.h"

/* In all of these PATH may be NULL, for no file. */

/* Write this process's pid to a draft beside PATH, which is not touched. A failure leaves
 * no draft. */
MAY_FAIL pidfile_draft(const char *path, struct failure *failure);

/* Rename the draft to PATH. A failure leaves no draft. */
MAY_FAIL pidfile_publish(const char *path, struct failure *failure);

/* Publish the draft, and remove OLD, another path, if it names the process PID. Where the draft
 * cannot be published a warning is logged, and OLD stays only if it names this process: a missing
 * file is better than one that names a master before this one. */
void pidfile_replace(const char *path, const char *old, pid_t pid);

/* Remove the draft of the process PID beside PATH, if there is one. */
void pidfile_discard(const char *path, pid_t pid);

/* Remove PATH if it names the process PID. */
void pidfile_remove(const char *path, pid_t pid);

#endif
