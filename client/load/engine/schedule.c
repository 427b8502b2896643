/*
 * schedule: see schedule.h.
 */
#include "client/load/engine/schedule.h"

#include "common/clock.h"
#include "common/number.h"

/* Return how long COUNT requests take at RATE. The product of count and nanoseconds would
 * overflow. */
static int64_t span_ns(uint64_t count, int64_t rate)
{
    uint64_t a_second = (uint64_t)rate;

    return (int64_t)(count / a_second) * NS_PER_S +
           (int64_t)(count % a_second * (uint64_t)NS_PER_S / a_second);
}

static int64_t end_of(const struct load_plan *plan, int64_t measure_ns)
{
    int64_t end_ns = NUMBER_UNLIMITED;

    if (plan->duration_ns != NUMBER_UNLIMITED)
        end_ns = measure_ns + plan->duration_ns;
    /* The count decides which request is the last. A microsecond more, for span_ns rounds down. */
    if (plan->rate > 0 && plan->requests / plan->rate < 86400 * 365) {
        int64_t last_ns = measure_ns + span_ns((uint64_t)plan->requests, plan->rate) + NS_PER_US;

        if (last_ns < end_ns)
            end_ns = last_ns;
    }
    return end_ns;
}

struct load_schedule load_schedule_make(const struct load_plan *plan, size_t index,
                                        int64_t begin_ns)
{
    struct load_schedule schedule = {
        .begin_ns = begin_ns,
        .measure_ns = begin_ns + plan->warm_up_ns,
        .rate = plan->rate,
        .next = index,
        .step = plan->processes,
        .left = UINT64_MAX,
    };

    schedule.end_ns = end_of(plan, schedule.measure_ns);
    if (plan->requests != NUMBER_UNLIMITED)
        schedule.left = ((uint64_t)plan->requests + schedule.step - 1 - index) / schedule.step;
    return schedule;
}

int64_t load_schedule_due_ns(const struct load_schedule *schedule)
{
    return schedule->rate == 0 ? schedule->begin_ns
                               : schedule->begin_ns + span_ns(schedule->next, schedule->rate);
}

bool load_schedule_is_done(const struct load_schedule *schedule, int64_t now_ns)
{
    return schedule->left == 0 ||
           (schedule->rate == 0 ? now_ns : load_schedule_due_ns(schedule)) >= schedule->end_ns;
}

uint64_t load_schedule_take(struct load_schedule *schedule, int64_t due_ns, bool *measured)
{
    uint64_t number = schedule->next;

    schedule->next += schedule->step;
    *measured = due_ns >= schedule->measure_ns;
    if (*measured && schedule->left != UINT64_MAX)
        schedule->left--;
    return number;
}
