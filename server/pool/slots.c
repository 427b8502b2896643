/*
 * slots: see slots.h. The searches are linear: with 10,000 workers one costs some 10 us, a
 * hundredth of the fork or the exit that it goes with.
 */
#include "server/pool/slots.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

#include "common/clock.h"
#include "common/log.h"

#define ROW_ENDS_NS (120 * NS_PER_S)
#define RESEND_NS   (20 * NS_PER_MS)

enum { FAILURES_FORGIVEN = 2, BACKOFF_DOUBLINGS = 6 };

static size_t bytes_for(size_t count)
{
    return sizeof(struct slots) + count * sizeof(struct slot);
}

struct slots *slots_create(size_t capacity, const char *noun)
{
    struct slots *slots =
        mmap(NULL, bytes_for(capacity), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (slots == MAP_FAILED)
        return NULL;
    if (madvise(slots, bytes_for(capacity), MADV_DONTFORK) < 0) {
        munmap(slots, bytes_for(capacity));
        return NULL;
    }
    slots->noun = noun;
    slots->capacity = capacity;
    return slots;
}

void slots_destroy(struct slots *slots)
{
    if (slots != NULL)
        munmap(slots, bytes_for(slots->capacity));
}

size_t slots_free_slot(const struct slots *slots, size_t from)
{
    while (from < slots->size && slots->at[from].state != SLOT_FREE)
        from++;
    return from;
}

size_t slots_find(const struct slots *slots, pid_t pid)
{
    size_t slot = 0;

    while (slot < slots->size && slots->at[slot].pid != pid)
        slot++;
    return slot;
}

void slots_started(struct slots *slots, size_t slot, pid_t pid, int64_t now_ns)
{
    slots->at[slot] = (struct slot){.pid = pid,
                                    .former_pid = slots->at[slot].former_pid,
                                    .state = SLOT_STARTING,
                                    .seat = slots->at[slot].seat,
                                    .started_ns = now_ns};
    if (slot == slots->size)
        slots->size++;
    slots->live++;
}

void slots_accepts(struct slots *slots, size_t slot)
{
    slots->at[slot].state = SLOT_READY;
    slots->ready++;
}

void slots_spent(struct slots *slots, size_t slot)
{
    slots->at[slot].state = SLOT_SPENT;
    slots->ready--;
    slots->leaving++;
}

void slots_leaves(struct slots *slots, size_t slot)
{
    if (slots->at[slot].state == SLOT_READY)
        slots_spent(slots, slot);
    else if (slots->at[slot].state == SLOT_STARTING)
        slots->leaving++;
    slots->at[slot].state = SLOT_LEAVING;
}

size_t slots_staying(const struct slots *slots)
{
    return slots->live - slots->leaving;
}

void slots_ended(struct slots *slots, size_t slot)
{
    if (slots->at[slot].state == SLOT_READY)
        slots->ready--;
    if (slots->at[slot].state == SLOT_SPENT || slots->at[slot].state == SLOT_LEAVING)
        slots->leaving--;
    slots->at[slot] = (struct slot){.former_pid = slots->at[slot].pid, .state = SLOT_FREE};
    slots->live--;
}

void slots_signal(struct slots *slots, size_t slot, int number)
{
    struct slot *to = &slots->at[slot];

    if (kill(to->pid, number) == 0 || errno == ESRCH) {
        to->unsent &= ~(1U << number);
        return;
    }
    if (to->unsent == 0)
        warn("cannot send %s %d a signal, trying again", slots->noun, (int)to->pid);
    to->unsent |= 1U << number;
    slots->resend_ns = clock_coarse_ns() + RESEND_NS;
}

int64_t slots_resend(struct slots *slots, int64_t now_ns)
{
    if (slots->resend_ns == 0)
        return NEVER_NS;
    if (now_ns < slots->resend_ns)
        return slots->resend_ns;
    slots->resend_ns = 0;
    for (size_t slot = 0; slot < slots->size; slot++) {
        for (int number = 1; slots->at[slot].unsent >> number != 0; number++) {
            if ((slots->at[slot].unsent >> number & 1) != 0)
                slots_signal(slots, slot, number);
        }
    }
    return slots->resend_ns == 0 ? NEVER_NS : slots->resend_ns;
}

int64_t slots_failed(struct slots *slots, int64_t now_ns)
{
    unsigned int doublings;
    int64_t wait_ns;

    if (now_ns - slots->failed_ns > ROW_ENDS_NS)
        slots->failures = 0;
    slots->failed_ns = now_ns;
    if (slots->failures++ < FAILURES_FORGIVEN)
        return 0;
    doublings = slots->failures - 1 - FAILURES_FORGIVEN;
    wait_ns = doublings < BACKOFF_DOUBLINGS ? NS_PER_S << doublings : 60 * NS_PER_S;
    slots->retry_ns = now_ns + wait_ns;
    return wait_ns;
}

void slots_recovered(struct slots *slots)
{
    slots->failures = 0;
    slots->retry_ns = 0;
}
