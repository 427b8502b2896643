/*
 * worker: the kind of pool whose slots run workers of preforkd.
 */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "server/pool/kinds/kind.h"
#include "server/pool/pool.h"
#include "server/scoreboard/source_board.h"
#include "server/worker/worker.h"

/* Returns whether a datagram's sender may be a pool of this master, by all pools that there were
 * when this worker was forked: those of a reload come with workers of their own. */
static bool is_own_address(const void *context, const union endpoint_address *address,
                           socklen_t length)
{
    const struct pool_host *host = context;

    for (const struct pool *pool = *host->pools; pool != NULL; pool = pool->next) {
        if (pool->config->type == SOCK_DGRAM && pool->listener != NULL &&
            endpoint_is_peer(&pool->listener->endpoint, address, length))
            return true;
    }
    return false;
}

/* Give the worker that is to be forked for SLOT a seat, and write it to its page, which it sees. */
static int prepare(struct pool *pool, size_t slot)
{
    size_t *seat = &pool->slots->at[slot].seat;

    if (pool->sources == NULL)
        return 0;
    *seat = SOURCE_SEATS;
    if (source_board_take_seat(pool->sources, seat) < 0)
        return -1;
    scoreboard_page(pool->board, slot)->seat = (uint32_t)*seat;
    return 0;
}

/* Take back its seat, which it may have left with a connection on it. */
static void ended(struct pool *pool, size_t slot)
{
    if (pool->sources != NULL)
        source_board_free_seat(pool->sources, pool->slots->at[slot].seat);
}

static void forked(struct pool *pool, size_t slot, pid_t pid)
{
    if (pid < 0)
        ended(pool, slot);
}

static __attribute__((noreturn)) void run(const struct pool *pool, size_t slot)
{
    const struct config *root = pool->root;
    struct worker_page *page = scoreboard_page(pool->board, slot);
    const struct worker_job job = {
        .config = pool->config,
        .service = pool->service,
        .page = page,
        .hints = pool->hints,
        .slot = slot,
        .listener_fd = pool->listener->fd,
        .binding = {.port = endpoint_port(&pool->listener->endpoint),
                    .any_address = endpoint_is_any(&pool->listener->endpoint),
                    .is_own_address = is_own_address,
                    .context = pool->host},
        .access = pool->access,
        .sources = source_board_at(pool->sources, page->seat),
        .sandbox = pool->sandbox,
        .module_fd = pool->module_fd,
        .lifeline_fd = pool->lifeline_read_fd,
        .wake_fd = pool->wakeup.write_fd,
        .log = {.fd = pool->channel.write_fd,
                .level = (enum log_level)root->log_level,
                .relayed = true,
                .slot = slot},
        .master = pool->host->pid,
    };

    scoreboard_keep_page(pool->board, slot);
    worker_run(&job);
}

static void ask(struct pool *pool, size_t slot, enum kind_request request)
{
    static const int signals[] = {
        [REQUEST_LEAVE] = SIGNAL_RETIRE,
        [REQUEST_ACCEPT] = SIGNAL_CLOSE_LISTENER,
        [REQUEST_CLOSE] = SIGNAL_CLOSE_LISTENER,
        [REQUEST_END] = SIGNAL_RETIRE, /* the hints say that it is to end its program as well */
        [REQUEST_KILL] = SIGKILL,
    };

    slots_signal(pool->slots, slot, signals[request]);
}

static bool is_in_order(const struct pool *pool, size_t slot, int status, bool is_leaving)
{
    bool was_asked =
        (WIFEXITED(status) && WEXITSTATUS(status) == 0) || pool->slots->at[slot].killed;

    return is_leaving && was_asked;
}

const struct pool_kind kind_worker = {
    .noun = "worker",
    .sees_clients = true,
    .ends_within_ns = NS_PER_S,
    .prepare = prepare,
    .forked = forked,
    .ended = ended,
    .run = run,
    .ask = ask,
    .is_in_order = is_in_order,
};
