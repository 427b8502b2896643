/*
 * log_style: see log_style.h.
 */
#include "common/log_style.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* syslog(3)'s number of LOG_ERROR. The other levels follow in the same order. */
enum { PRIORITY_OF_ERROR = 3, FACILITY_DAEMON = 3 << 3 };

enum log_style log_style_of(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uint64_t device, inode;
    struct stat status;

    if (stream == NULL || sscanf(stream, "%" SCNu64 ":%" SCNu64, &device, &inode) != 2 ||
        fstat(fd, &status) < 0)
        return LOG_STYLE_PLAIN;
    return status.st_dev == device && status.st_ino == inode ? LOG_STYLE_JOURNAL : LOG_STYLE_PLAIN;
}

void log_style_print(struct log_text *line, enum log_style style, const char *name,
                     const struct log_origin *origin)
{
    int priority = PRIORITY_OF_ERROR + (int)origin->level;
    char time[LOG_LOCAL_TIME_SIZE];

    if (style == LOG_STYLE_JOURNAL) {
        log_text_print(line, "<%d>", priority);
        return;
    }
    if (style == LOG_STYLE_SYSLOG) {
        log_local_time_print(time);
        log_text_print(line, "<%d>%s ", FACILITY_DAEMON | priority, time);
    }
    if (style == LOG_STYLE_TIMED)
        log_text_print(line, "%s ", origin->time);
    if (origin->pid != 0)
        log_text_print(line, "%s[%d]: ", name, (int)origin->pid);
    else
        log_text_print(line, "%s: ", name);
}
