/*
 * error_pipes: see error_pipes.h. The first pipe is that of the starter.
 */
#include "server/service/program/error_pipes.h"

#include <sys/epoll.h>

#include "server/program/error_lines.h"
#include "server/service/program/starter.h"

struct pipe {
    struct error_lines *lines;
    pid_t pid; /* of the last instance that had it */
};

static struct {
    struct pipe at[2];
    size_t count;
    struct error_lines second;
} self;

static int add_pipe(struct error_lines *lines, int epoll_fd)
{
    struct epoll_event event = {.events = EPOLLIN};

    self.at[self.count++].lines = lines;
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, lines->read_fd, &event);
}

int error_pipes_begin(const char *pool, bool beside, int epoll_fd)
{
    if (add_pipe(starter_errors(), epoll_fd) < 0)
        return -1;
    if (!beside)
        return 0;
    return error_lines_open(&self.second, pool) < 0 ? -1 : add_pipe(&self.second, epoll_fd);
}

struct error_lines *error_pipes_free(const struct error_lines *taken)
{
    return self.at[0].lines == taken ? self.at[1].lines : self.at[0].lines;
}

void error_pipes_assign(const struct error_lines *lines, pid_t pid)
{
    for (size_t i = 0; i < self.count; i++) {
        if (self.at[i].lines == lines)
            self.at[i].pid = pid;
    }
}

void error_pipes_relay(void)
{
    for (size_t i = 0; i < self.count; i++)
        error_lines_relay(self.at[i].lines, self.at[i].pid);
}
