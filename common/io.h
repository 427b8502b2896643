/*
 * io: whole reads and writes on a descriptor, interrupted or not, up to a deadline.
 */
#ifndef PREFORKD_COMMON_IO_H
#define PREFORKD_COMMON_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IO_NO_DEADLINE INT64_MAX

/* Wait until EVENTS (poll(2)) or an error or end of file. 0, or -1 with errno; ETIMEDOUT once
 * clock_now_ns() has passed DEADLINE_NS. */
int io_wait(int fd, short events, int64_t deadline_ns);

/* Read until SIZE bytes or end of file: the number of bytes, or -1 with errno. */
ssize_t io_read_full(int fd, void *bytes, size_t size, int64_t deadline_ns);

/* Write all of BYTES: 0, or -1 with errno when part of it may have gone. SIGPIPE is the caller's
 * to ignore. */
int io_write_full(int fd, const void *bytes, size_t size, int64_t deadline_ns);

#endif
