/*
 * receive_queue: see receive_queue.h. Datagrams of a unix socket are in their senders' memory, and
 * nothing says how many they are: what can be known is that one waits, by its size.
 */
#include "server/net/receive_queue.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>

#include "common/pool_stats.h"
#include "server/net/accept_queue.h"

void receive_queue_look(int fd, const struct endpoint *endpoint, struct receive_queue *queue)
{
    uint32_t memory[SK_MEMINFO_VARS];
    socklen_t size = sizeof(memory);
    struct queue_depth next;

    *queue = (struct receive_queue){STAT_UNKNOWN, STAT_UNKNOWN, STAT_UNKNOWN};
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size) == 0 && size >= sizeof(memory))
        *queue = (struct receive_queue){.bytes = memory[SK_MEMINFO_RMEM_ALLOC],
                                        .limit = memory[SK_MEMINFO_RCVBUF],
                                        .drops = memory[SK_MEMINFO_DROPS]};
    if (!endpoint_is_unix(endpoint))
        return;
    queue->limit = STAT_UNKNOWN;
    queue->bytes =
        accept_queue_look(fd, endpoint, &next) == 0 ? (int64_t)next.length : STAT_UNKNOWN;
}
