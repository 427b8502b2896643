/*
 * oom: see oom.h.
 */
#include "server/worker/oom.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/text.h"

/* What is added to the score that the process inherits, which a service manager may have set, in
 * thousandths of the memory that the kernel or the cgroup has. By more than that the master must
 * not be larger than a worker: in a cgroup of 4 MB it is not. With a higher score, workers that
 * free nothing would die before another program that takes half of the machine. The most is
 * 1000. */
enum { OOM_MORE = 400, OOM_MOST = 1000 };

/* As atoi(3) does, whose pages a worker does not have. */
static int parse(const char *text)
{
    bool is_negative = *text == '-';
    int value = 0;

    for (text += is_negative; *text >= '0' && *text <= '9'; text++)
        value = 10 * value + *text - '0';
    return is_negative ? -value : value;
}

void oom_go_first(void)
{
    int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC), score;
    char text[16] = "";

    if (fd < 0)
        return;
    if (read(fd, text, sizeof(text) - 1) > 0) {
        score = parse(text) + OOM_MORE;
        text[0] = '\0';
        text_append_number(text, sizeof(text), score < OOM_MOST ? score : OOM_MOST);
        if (pwrite(fd, text, strlen(text), 0) < 0)
            log_line(LOG_DEBUG, "cannot raise oom_score_adj: %s", strerror(errno));
    }
    close(fd);
}
