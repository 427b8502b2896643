/*
 * call_numbers: of system calls that libc may not have a name for yet. From 403 on, numbers are the
 * same on all architectures.
 */
#ifndef PREFORKD_SERVER_WORKER_SANDBOX_CALL_NUMBERS_H
#define PREFORKD_SERVER_WORKER_SANDBOX_CALL_NUMBERS_H

enum {
    NR_PIDFD_SEND_SIGNAL = 424,
    NR_IO_URING_SETUP = 425,
    NR_IO_URING_ENTER = 426,
    NR_IO_URING_REGISTER = 427,
    NR_OPEN_TREE = 428,
    NR_MOVE_MOUNT = 429,
    NR_FSOPEN = 430,
    NR_FSCONFIG = 431,
    NR_FSMOUNT = 432,
    NR_FSPICK = 433,
    NR_CLONE3 = 435,
    NR_OPENAT2 = 437,
    NR_PIDFD_GETFD = 438,
    NR_PROCESS_MADVISE = 440,
    NR_MOUNT_SETATTR = 442,
    NR_OPEN_TREE_ATTR = 467,
};

#endif
