/*
 * wait_limit: the end of waits in the kernel that no flag prevents. The last close of a TCP
 * connection with unsent data waits for as long as its SO_LINGER says, unless there is a signal.
 * Any process can send such a connection along over a unix socket (unix(7), SCM_RIGHTS), so that
 * it ends where the message is read, or where a listener is closed whose queue has it.
 */
#ifndef PREFORKD_COMMON_WAIT_LIMIT_H
#define PREFORKD_COMMON_WAIT_LIMIT_H

#include <stdbool.h>

/* From now on let no system call wait for more than a millisecond or two. Takes SIGALRM and the
 * interval timer of this process; at its failure calls wait as ever. */
void wait_limit_begin(void);

/* Returns whether a call may have waited since. */
bool wait_limit_is_over(void);

void wait_limit_end(void);

#endif
