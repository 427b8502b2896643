/*
 * top: `preforkctl top`, a live view of a master on the terminal.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_TOP_H
#define PREFORKD_CLIENT_CTL_VIEW_TOP_H

#include <stdint.h>

/* Ask the master whose control socket is at PATH once a second and show its replies until q is
 * pressed. Print them once if standard output is no terminal, or cannot move its cursor. Returns
 * the exit status. If the master does not answer the first time, within TIMEOUT_NS, that is
 * session_ask's, and the reason is logged; one that stops answering later is asked again until it
 * does. */
int top_run(const char *path, int64_t timeout_ns);

#endif
