/*
 * listener: see listener.h.
 */
#include "server/net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/wait_limit.h"
#include "server/net/accept_queue.h"
#include "server/net/listener_options.h"
#include "server/net/listener_watch.h"

/* Close LISTENER, remove its socket file and release the lock. */
static void release(struct listener *listener)
{
    const char *path = endpoint_path(&listener->endpoint);

    listener_close(listener);
    if (path != NULL && listener_is_ours(listener))
        socket_file_remove(&listener->file, path);
    socket_file_release(&listener->file, path);
}

MAY_FAIL listener_adopt(int fd, bool blocks, struct listener **adopted, struct failure *failure)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    const struct failed *failed;

    if (listener != NULL) {
        *listener =
            (struct listener){.fd = fd, .blocks = blocks, .file = {.lock_fd = -1}, .users = 1};
        if (endpoint_of_socket(&listener->endpoint, fd) == 0 &&
            listener_options_set_blocking(fd, blocks) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) {
            listener->asked = listener->endpoint;
            *adopted = listener;
            return NULL;
        }
    }
    failed = fail(failure, STATUS_SYSTEM, "cannot use descriptor %d: %s", fd, strerror(errno));
    free(listener);
    return failed;
}

void listener_restore_blocking(const struct listener *listener, const char *pool)
{
    if (listener->fd >= 0 && listener_options_set_blocking(listener->fd, listener->blocks) < 0)
        warn("pool %s: cannot make its listener %sblocking", pool, listener->blocks ? "" : "non-");
}

void listener_adjust(struct listener *listener, const struct pool_config *config,
                     bool client_speaks_first)
{
    const char *path = endpoint_path(&listener->endpoint);

    if (listener_options_apply(listener->fd, &listener->endpoint, config, client_speaks_first) < 0)
        warn("pool %s: cannot change its listener's options", config->name);
    if (path != NULL && !listener->handed_in)
        socket_file_adjust(&listener->file, path, config);
}

int64_t listener_queued(const struct listener *listener)
{
    return accept_queue_count(listener->fd, &listener->endpoint);
}

int listener_retire(struct listener *listener, bool programs)
{
    listener_unwatch(listener);
    if (endpoint_path(&listener->endpoint) != NULL)
        socket_file_remove(&listener->file, endpoint_path(&listener->endpoint));
    if (endpoint_is_unix(&listener->endpoint) && programs)
        return endpoint_path(&listener->endpoint) != NULL ? 0 : -1;
    if (endpoint_is_unix(&listener->endpoint))
        return shutdown(listener->fd, SHUT_RD);
    return listener_options_refuse(listener->fd, listener->endpoint.type);
}

uint64_t listener_close(struct listener *listener)
{
    int64_t queued;

    if (listener->fd < 0)
        return 0;
    queued = listener_queued(listener);
    if (queued == ACCEPT_QUEUE_UNKNOWN || listener->endpoint.type == SOCK_DGRAM)
        queued = 0;
    listener_unwatch(listener);
    wait_limit_begin(); /* a client in the queue may have sent a connection along whose end waits */
    close(listener->fd);
    wait_limit_end();
    listener->fd = -1;
    return (uint64_t)queued;
}

void listener_drop(struct listener *listener)
{
    if (--listener->users > 0)
        return;
    release(listener);
    free(listener->name);
    free(listener);
}
