/*
 * io: whole reads and writes on a descriptor, interrupted or not, up to a deadline.
 */
#ifndef PREFORKD_COMMON_IO_H
#define PREFORKD_COMMON_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IO_NO_DEADLINE INT64_MAX

/* Wait for EVENTS (poll(2)), an error or end of file. Returns 0, or -1 with errno, which is
 * ETIMEDOUT once clock_now_ns() has passed DEADLINE_NS. */
int io_wait(int fd, short events, int64_t deadline_ns);

/* Read until SIZE bytes or end of file. Returns the number of bytes, or -1 with errno. */
ssize_t io_read_full(int fd, void *bytes, size_t size, int64_t deadline_ns);

/* Write all of BYTES. Returns 0, or -1 with errno, and part of BYTES may have been written. The
 * program must ignore SIGPIPE. */
int io_write_full(int fd, const void *bytes, size_t size, int64_t deadline_ns);

#endif
