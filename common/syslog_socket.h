/*
 * syslog_socket: the socket of a syslogd, /dev/log, which gets a datagram for each line. libc's
 * syslog(3) is not used: it blocks where the syslogd does not read.
 */
#ifndef PREFORKD_COMMON_SYSLOG_SOCKET_H
#define PREFORKD_COMMON_SYSLOG_SOCKET_H

#include <stddef.h>

/* Returns a new socket, close-on-exec and non-blocking, that is connected to the syslogd; -1 with
 * errno. */
int syslog_socket_open(void);

/* Send a line of LENGTH BYTES, to a syslogd that was restarted as well. Returns 0, or -1 with errno
 * where it cannot be sent now. */
int syslog_socket_send(int fd, const char *bytes, size_t length);

#endif
