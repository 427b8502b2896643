/*
 * Unit tests of common/event_loop: handlers get their context, a removed descriptor gets no event
 * of the same round even if its number is in use again, and any descriptor number has room.
 */
#include "common/event_loop.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/unit/tap.h"

/* An eventfd that is ready, and how often its handler was called. */
struct source {
    struct event_loop *loop;
    struct source *rival; /* removed by the handler; NULL: none */
    int fd;
    int calls;
};

static void on_event(void *context, uint32_t events)
{
    struct source *source = context;

    source->calls += (events & EPOLLIN) != 0;
    if (source->rival == NULL)
        return;
    event_loop_remove(source->loop, source->rival->fd);
    close(source->rival->fd);
}

static struct source open_source(struct event_loop *loop)
{
    return (struct source){.loop = loop, .fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)};
}

static void test_contexts(void)
{
    struct event_loop loop;
    struct source first, second;

    event_loop_open(&loop);
    first = open_source(&loop);
    second = open_source(&loop);
    ok(event_loop_add(&loop, first.fd, EPOLLIN, on_event, &first) == 0 &&
           event_loop_add(&loop, second.fd, 0, on_event, &second) == 0,
       "two descriptors are watched");
    event_loop_wait(&loop, 0);
    ok(first.calls == 1 && second.calls == 0,
       "the handler of what is ready is called, and no other");
    ok(event_loop_change(&loop, second.fd, EPOLLIN) == 0, "what is watched for changes");
    event_loop_wait(&loop, 0);
    ok(first.calls == 2 && second.calls == 1, "both handlers are called with their context");
    ok(event_loop_add(&loop, first.fd, EPOLLIN, on_event, &first) < 0,
       "a descriptor cannot be added twice");
    event_loop_wait(&loop, 0);
    ok(first.calls == 3, "and goes on as it was");
    close(first.fd);
    close(second.fd);
    event_loop_close(&loop);
}

/* Whichever is called first removes the other and closes it. */
static void test_removal(void)
{
    struct event_loop loop;
    struct source first, second;

    event_loop_open(&loop);
    first = open_source(&loop);
    second = open_source(&loop);
    first.rival = &second;
    second.rival = &first;
    event_loop_add(&loop, first.fd, EPOLLIN, on_event, &first);
    event_loop_add(&loop, second.fd, EPOLLIN, on_event, &second);
    event_loop_wait(&loop, 0);
    ok(first.calls + second.calls == 1, "a removed descriptor gets no event of the same round");
    event_loop_close(&loop);
}

/* Replaces the rival by another source on the same descriptor number. */
static struct source replacement;

static void on_event_replace(void *context, uint32_t events)
{
    struct source *source = context;
    int number = source->rival->fd;

    (void)events;
    source->calls++;
    event_loop_remove(source->loop, number);
    dup2(replacement.fd, number);
    event_loop_add(source->loop, number, EPOLLIN, on_event, &replacement);
    event_loop_remove(source->loop, source->fd);
}

static void test_reuse(void)
{
    struct event_loop loop;
    struct source first, second;

    event_loop_open(&loop);
    first = open_source(&loop);
    second = open_source(&loop);
    replacement = (struct source){.loop = &loop, .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    first.rival = &second;
    second.rival = &first;
    event_loop_add(&loop, first.fd, EPOLLIN, on_event_replace, &first);
    event_loop_add(&loop, second.fd, EPOLLIN, on_event_replace, &second);
    event_loop_wait(&loop, 0);
    ok(first.calls + second.calls == 1 && replacement.calls == 0,
       "an event of a removed descriptor is not given to the next one of its number");
    event_loop_close(&loop);
}

static void test_numbers(void)
{
    struct event_loop loop;
    struct source source;
    int high;

    event_loop_open(&loop);
    source = open_source(&loop);
    high = fcntl(source.fd, F_DUPFD_CLOEXEC, 900);
    close(source.fd);
    ok(event_loop_add(&loop, high, EPOLLIN, on_event, &source) == 0, "a high number has room");
    event_loop_wait(&loop, 0);
    ok(source.calls == 1, "and its handler is called");
    ok(event_loop_add(&loop, 901, EPOLLIN, on_event, &source) < 0,
       "what epoll refuses is refused with it");
    close(high);
    event_loop_close(&loop);
    event_loop_close(&loop);
    ok(loop.epoll_fd == -1, "a loop may be closed twice");
}

int main(void)
{
    test_contexts();
    test_removal();
    test_reuse();
    test_numbers();
    return tap_end();
}
