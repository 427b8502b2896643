/*
 * outcome: how a program ended that served a connection.
 */
#ifndef PREFORKD_SERVER_PROGRAM_OUTCOME_H
#define PREFORKD_SERVER_PROGRAM_OUTCOME_H

enum program_outcome {
    PROGRAM_OK,        /* it exited with status 0 */
    PROGRAM_FAILED,    /* it exited with another one */
    PROGRAM_SIGNALLED, /* a signal ended it */
    PROGRAM_GONE,      /* the client left first, and it failed or SIGPIPE ended it */
    PROGRAM_UNSTARTED, /* it could not be started */
    PROGRAM_OUTCOMES
};

#endif
