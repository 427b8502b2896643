/*
 * pool: see pool.h. The searches are linear: with 10,000 workers one costs some 10 us, a hundredth
 * of the fork or the exit that it goes with.
 */
#include "server/pool/slots.h"

#include <sys/mman.h>

#include "common/clock.h"

#define ROW_ENDS_NS (120 * NS_PER_S)

enum { FAILURES_FORGIVEN = 2, BACKOFF_DOUBLINGS = 6 };

static size_t bytes_for(size_t slots)
{
    return sizeof(struct pool) + slots * sizeof(struct pool_slot);
}

struct pool *pool_create(size_t capacity)
{
    struct pool *pool =
        mmap(NULL, bytes_for(capacity), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pool == MAP_FAILED)
        return NULL;
    if (madvise(pool, bytes_for(capacity), MADV_DONTFORK) < 0) {
        munmap(pool, bytes_for(capacity));
        return NULL;
    }
    pool->capacity = capacity;
    return pool;
}

void pool_destroy(struct pool *pool)
{
    if (pool != NULL)
        munmap(pool, bytes_for(pool->capacity));
}

size_t pool_free_slot(const struct pool *pool, size_t from)
{
    while (from < pool->size && pool->slots[from].state != SLOT_FREE)
        from++;
    return from;
}

size_t pool_find(const struct pool *pool, pid_t pid)
{
    size_t slot = 0;

    while (slot < pool->size && pool->slots[slot].pid != pid)
        slot++;
    return slot;
}

void pool_started(struct pool *pool, size_t slot, pid_t pid, int64_t now_ns)
{
    pool->slots[slot] =
        (struct pool_slot){.pid = pid, .state = SLOT_STARTING, .started_ns = now_ns};
    if (slot == pool->size)
        pool->size++;
    pool->live++;
}

void pool_accepts(struct pool *pool, size_t slot)
{
    pool->slots[slot].state = SLOT_READY;
    pool->ready++;
}

void pool_spent(struct pool *pool, size_t slot)
{
    pool->slots[slot].state = SLOT_SPENT;
    pool->ready--;
    pool->leaving++;
}

void pool_leaves(struct pool *pool, size_t slot)
{
    if (pool->slots[slot].state == SLOT_READY)
        pool_spent(pool, slot);
    else if (pool->slots[slot].state == SLOT_STARTING)
        pool->leaving++;
    pool->slots[slot].state = SLOT_LEAVING;
}

size_t pool_staying(const struct pool *pool)
{
    return pool->live - pool->leaving;
}

void pool_ended(struct pool *pool, size_t slot)
{
    if (pool->slots[slot].state == SLOT_READY)
        pool->ready--;
    if (pool->slots[slot].state == SLOT_SPENT || pool->slots[slot].state == SLOT_LEAVING)
        pool->leaving--;
    pool->slots[slot] = (struct pool_slot){.state = SLOT_FREE};
    pool->live--;
}

int64_t pool_failed(struct pool *pool, int64_t now_ns)
{
    unsigned int doublings;
    int64_t wait_ns;

    if (now_ns - pool->failed_ns > ROW_ENDS_NS)
        pool->failures = 0;
    pool->failed_ns = now_ns;
    if (pool->failures++ < FAILURES_FORGIVEN)
        return 0;
    doublings = pool->failures - 1 - FAILURES_FORGIVEN;
    wait_ns = doublings < BACKOFF_DOUBLINGS ? NS_PER_S << doublings : 60 * NS_PER_S;
    pool->retry_ns = now_ns + wait_ns;
    return wait_ns;
}

void pool_recovered(struct pool *pool)
{
    pool->failures = 0;
    pool->retry_ns = 0;
}
