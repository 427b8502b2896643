/*
 * launch [-k FD] PROGRAM [ARGUMENT]...: become PROGRAM as a terminal's job would be: in a session
 * of its own, so that a test finds all that is left of it, with default signals (a shell's
 * background jobs ignore some) and no descriptors but 0, 1, 2 and FD. It dies with the test that
 * started it.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/descriptors.h"
#include "common/log.h"
#include "common/status.h"

static void default_signals(void)
{
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL); /* fails for KILL, STOP and libc's own, as it may */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(int argc, char **argv)
{
    int keep = -1, option;

    log_init("launch");
    while ((option = getopt(argc, argv, "+k:")) != -1) {
        if (option != 'k')
            return STATUS_USAGE;
        keep = atoi(optarg);
    }
    if (optind == argc)
        diex(STATUS_USAGE, "launch [-k FD] PROGRAM [ARGUMENT]...");
    if (setsid() < 0)
        die(STATUS_SYSTEM, "setsid");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        die(STATUS_SYSTEM, "prctl");
    descriptors_close_others(&keep, keep < 0 ? 0 : 1);
    default_signals();
    execvp(argv[optind], argv + optind);
    die(STATUS_SYSTEM, "%s", argv[optind]);
}
