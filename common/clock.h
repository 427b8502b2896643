/*
 * clock: CLOCK_MONOTONIC, which every deadline and duration is measured with, for it never jumps.
 * The coarse variant is read without a system call and lags by up to a kernel tick (1 to 10 ms).
 */
#ifndef PREFORKD_COMMON_CLOCK_H
#define PREFORKD_COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/* Read CLOCK, which is one of two that cannot fail (clock_gettime(2)). */
static inline int64_t clock_read_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Return the nanoseconds since an arbitrary start, to the nanosecond. */
static inline int64_t clock_now_ns(void)
{
    return clock_read_ns(CLOCK_MONOTONIC);
}

/* Return the same, at most one tick behind, in fewer instructions. */
static inline int64_t clock_coarse_ns(void)
{
    return clock_read_ns(CLOCK_MONOTONIC_COARSE);
}

/* A time that never comes. */
#define NEVER_NS INT64_MAX

static inline int64_t clock_earlier_ns(int64_t a_ns, int64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

static inline int64_t clock_later_ns(int64_t a_ns, int64_t b_ns)
{
    return a_ns > b_ns ? a_ns : b_ns;
}

#endif
