/*
 * status: the exit statuses of all the programs, after sysexits.h(3head), which musl and glibc
 * both have but which names them less plainly than the manual pages do.
 */
#ifndef PREFORKD_COMMON_STATUS_H
#define PREFORKD_COMMON_STATUS_H

enum status {
    STATUS_OK = 0,
    STATUS_FAILED = 1,
    STATUS_CHECK_FAILED = 2, /* load: a check, or a comparison */
    STATUS_BEHIND = 3,       /* load: the generator could not hold its schedule */
    STATUS_USAGE = 64,
    STATUS_UNAVAILABLE = 69, /* server: the address is in use; client: no server answers */
    STATUS_SYSTEM = 71,
    STATUS_CANNOT_CREATE = 73,
    STATUS_NO_PERMISSION = 77,
    STATUS_CONFIG = 78,
    STATUS_INTERRUPTED = 130, /* as a shell would say of SIGINT */
};

#endif
