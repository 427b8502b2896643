/*
 * limits: see limits.h. Each is set as the soft and the hard limit, so that no program takes it
 * off.
 */
#include "server/program/limits.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>

#include "common/clock.h"
#include "common/number.h"

#ifdef __has_feature /* clang's */
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif

/* AddressSanitizer maps terabytes as private data: a worker that was built with it can map nothing
 * more once memory has a limit. Its programs have one all the same. */
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
enum { MEMORY_OF_PROGRAMS = true };
#else
enum { MEMORY_OF_PROGRAMS = false };
#endif

/* What getrlimit(2) takes: glibc has an enumeration. */
#ifdef __GLIBC__
typedef __rlimit_resource_t resource_type;
#else
typedef int resource_type;
#endif

/* The memory is RLIMIT_DATA, which counts what can be written and is not shared: heap, thread
 * stacks, libraries' data. RLIMIT_AS counts address space as well that is reserved and never used,
 * gigabytes in node, Go and Java.
 *
 * The processor time is not the worker's: it lives for as long as it is not replaced, and would be
 * killed for the sum of all that it has served. */
static const struct limit {
    const char *key;
    size_t offset; /* of its value in struct pool_config */
    int64_t unit;  /* of RESOURCE, in the unit of the value */
    rlim_t more;   /* how far above it the hard limit is */
    void (*format)(int64_t value, char text[NUMBER_TEXT_SIZE]); /* NULL: as a number */
    resource_type resource;
    bool of_programs; /* alone */
} limits[] = {
    {"limit_files", offsetof(struct pool_config, limit_files), 1, 0, NULL, RLIMIT_NOFILE, false},
    {"limit_memory", offsetof(struct pool_config, limit_memory), 1, 0, number_format_size,
     RLIMIT_DATA, MEMORY_OF_PROGRAMS},
    /* SIGXCPU at the soft limit, SIGKILL at the hard one: a handler has a second. */
    {"limit_cpu", offsetof(struct pool_config, limit_cpu_ns), NS_PER_S, 1, number_format_duration,
     RLIMIT_CPU, true},
    {"limit_processes", offsetof(struct pool_config, limit_processes), 1, 0, NULL, RLIMIT_NPROC,
     false},
};

enum { LIMITS = sizeof(limits) / sizeof(limits[0]) };

/* Return the value of LIMIT in POOL, rounded up to whole units; RLIM_INFINITY: there is none. */
static rlim_t value_of(const struct pool_config *pool, const struct limit *limit)
{
    int64_t value = *(const int64_t *)(const void *)((const char *)pool + limit->offset);

    if (value == NUMBER_UNLIMITED)
        return RLIM_INFINITY;
    return (rlim_t)(value / limit->unit + (value % limit->unit != 0));
}

/* Raise the hard limit to VALUE where it is below. Returns 0, or -1 with errno. */
static int allow(const struct limit *limit, rlim_t value)
{
    struct rlimit now;

    if (getrlimit(limit->resource, &now) < 0)
        return -1;
    if (now.rlim_max >= value)
        return 0;
    now.rlim_max = value;
    return setrlimit(limit->resource, &now);
}

/* Set LIMIT, whose hard limit allows VALUE. Returns 0, or -1 with errno. */
static int set(const struct limit *limit, rlim_t value)
{
    struct rlimit now;

    if (getrlimit(limit->resource, &now) < 0)
        return -1;
    if (now.rlim_max > value + limit->more)
        now.rlim_max = value + limit->more;
    now.rlim_cur = value;
    return setrlimit(limit->resource, &now);
}

static void format(const struct limit *limit, rlim_t value, char text[NUMBER_TEXT_SIZE])
{
    if (value == RLIM_INFINITY)
        snprintf(text, NUMBER_TEXT_SIZE, "unlimited");
    else if (limit->format == NULL)
        snprintf(text, NUMBER_TEXT_SIZE, "%llu", (unsigned long long)value);
    else
        limit->format((int64_t)value * limit->unit, text);
}

/* A value and the hard limit that it meets, as texts. */
struct texts {
    char value[NUMBER_TEXT_SIZE], hard[NUMBER_TEXT_SIZE];
};

/* errno is preserved. */
static struct texts print(const struct limit *limit, rlim_t value)
{
    struct rlimit now = {0, RLIM_INFINITY};
    struct texts texts = {"", ""};
    int cause = errno;

    getrlimit(limit->resource, &now);
    format(limit, value, texts.value);
    format(limit, now.rlim_max, texts.hard);
    errno = cause;
    return texts;
}

static const char *fail_to_set(const struct limit *limit, rlim_t value, char text[LIMITS_TEXT_SIZE])
{
    struct texts texts = print(limit, value);

    snprintf(text, LIMITS_TEXT_SIZE, "set %s to %s, whose hard limit is %s", limit->key,
             texts.value, texts.hard);
    return text;
}

const char *limits_set(const struct pool_config *pool, char text[LIMITS_TEXT_SIZE])
{
    for (const struct limit *limit = limits; limit < limits + LIMITS; limit++) {
        rlim_t value = value_of(pool, limit);

        if (value != RLIM_INFINITY &&
            (allow(limit, value) < 0 || (!limit->of_programs && set(limit, value) < 0)))
            return fail_to_set(limit, value, text);
    }
    if (pool->nice == NUMBER_UNLIMITED || setpriority(PRIO_PROCESS, 0, (int)pool->nice) == 0)
        return NULL;
    snprintf(text, LIMITS_TEXT_SIZE, "set nice to %d", (int)pool->nice);
    return text;
}

int limits_set_for_program(const struct pool_config *pool)
{
    for (const struct limit *limit = limits; limit < limits + LIMITS; limit++) {
        rlim_t value = value_of(pool, limit);

        if (limit->of_programs && value != RLIM_INFINITY && set(limit, value) < 0)
            return -1;
    }
    return 0;
}

/* Return whether the hard limit can be VALUE. To raise it is the only way to know, and harms
 * nothing until it is as it was: who may do so in this user namespace may not on the host. */
static bool can_allow(const struct limit *limit, rlim_t value)
{
    struct rlimit before;

    if (getrlimit(limit->resource, &before) < 0 || before.rlim_max >= value)
        return true;
    if (allow(limit, value) < 0)
        return false;
    setrlimit(limit->resource, &before);
    return true;
}

/* Return whether the nice value can be NICE, and set *NOW to what it is. As above. */
static bool can_be_nice(int nice, int *now)
{
    errno = 0;
    *now = getpriority(PRIO_PROCESS, 0);
    if (errno != 0 || nice >= *now)
        return true;
    if (setpriority(PRIO_PROCESS, 0, nice) < 0)
        return false;
    setpriority(PRIO_PROCESS, 0, *now);
    return true;
}

static const char *refuse(const struct limit *limit, rlim_t value, char text[LIMITS_TEXT_SIZE])
{
    struct texts texts = print(limit, value);

    snprintf(text, LIMITS_TEXT_SIZE, "%s '%s' is above the hard limit, %s", limit->key, texts.value,
             texts.hard);
    return text;
}

const char *limits_refuse(const struct pool_config *pool, const char **key,
                          char text[LIMITS_TEXT_SIZE])
{
    int now;

    for (const struct limit *limit = limits; limit < limits + LIMITS; limit++) {
        rlim_t value = value_of(pool, limit);

        *key = limit->key;
        if (value != RLIM_INFINITY && !can_allow(limit, value))
            return refuse(limit, value, text);
    }
    *key = "nice";
    if (pool->nice == NUMBER_UNLIMITED || can_be_nice((int)pool->nice, &now))
        return NULL;
    snprintf(text, LIMITS_TEXT_SIZE,
             "nice '%d' is below %d, as preforkd was started, and root may "
             "go there alone",
             (int)pool->nice, now);
    return text;
}
