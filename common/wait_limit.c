/*
 * wait_limit: see wait_limit.h.
 */
#include "common/wait_limit.h"

#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

enum { WAIT_US = 1000 };

static volatile sig_atomic_t is_over;

static void on_alarm(int number)
{
    (void)number;
    is_over = 1;
}

/* The signal comes again and again, for the first may come just before the wait. setitimer(2) fails
 * only for an invalid time. */
void wait_limit_begin(void)
{
    static const struct itimerval soon = {{.tv_usec = WAIT_US}, {.tv_usec = WAIT_US}};
    const struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};

    is_over = 0;
    if (sigaction(SIGALRM, &action, NULL) == 0)
        setitimer(ITIMER_REAL, &soon, NULL);
}

bool wait_limit_is_over(void)
{
    return is_over != 0;
}

void wait_limit_end(void)
{
    static const struct itimerval never;

    setitimer(ITIMER_REAL, &never, NULL);
}
