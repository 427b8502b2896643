/*
 * oom: which processes the kernel ends when memory runs out.
 */
#ifndef PREFORKD_SERVER_WORKER_OOM_H
#define PREFORKD_SERVER_WORKER_OOM_H

/* Have the kernel end this process before the master, which it was forked from: the pool replaces a
 * worker at once, and nothing replaces the master. Call it before credentials change, which close
 * /proc/self to this process. Without /proc nothing changes. */
void oom_go_first(void);

#endif
