/*
 * log_output: write complete lines to a descriptor, and never wait for it: lines that it cannot
 * take are dropped and counted.
 */
#ifndef PREFORKD_COMMON_LOG_OUTPUT_H
#define PREFORKD_COMMON_LOG_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_output {
    int fd;           /* never closed here */
    bool may_block;   /* it may lack O_NONBLOCK, as it is shared: poll(2) before each write */
    bool is_syslog;   /* it is a socket for records of syslog(3) */
    bool torn;        /* the last line was written in part */
    uint64_t dropped; /* how many lines were */
};

/* Write LINES complete lines, together LENGTH BYTES. */
void log_output_write(struct log_output *output, const char *bytes, size_t length, uint64_t lines);

#endif
