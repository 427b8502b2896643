/*
 * oom: see oom.h.
 */
#include "server/worker/oom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

/* What is added to the score that the process inherits, which a service manager may have set, in
 * thousandths of the memory that the kernel or the cgroup has. By more than that the master must
 * not be larger than a worker: in a cgroup of 4 MB it is not. With a higher score, workers that
 * free nothing would die before another program that takes half of the machine. The most is
 * 1000. */
enum { OOM_MORE = 300, OOM_MOST = 1000 };

void oom_go_first(void)
{
    int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC), score, length;
    char text[16] = "";

    if (fd < 0)
        return;
    if (read(fd, text, sizeof(text) - 1) > 0) {
        score = atoi(text) + OOM_MORE;
        length = snprintf(text, sizeof(text), "%d", score < OOM_MOST ? score : OOM_MOST);
        if (pwrite(fd, text, (size_t)length, 0) < 0)
            log_line(LOG_DEBUG, "cannot raise oom_score_adj: %s", strerror(errno));
    }
    close(fd);
}
