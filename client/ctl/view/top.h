/*
 * top: a live view of a master on the terminal.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_TOP_H
#define PREFORKD_CLIENT_CTL_VIEW_TOP_H

#include <stdint.h>

/* Ask the master whose control socket is at PATH once a second and show what it says, until somebody
 * presses q; where standard output is no terminal, or one that can but print, print it all once. The
 * exit status: where the master does not answer the first time (within TIMEOUT_NS) ctl_session_ask's,
 * and the reason is logged. A master that goes away later is waited for. */
int ctl_top(const char *path, int64_t timeout_ns);

#endif
