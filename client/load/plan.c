/*
 * plan: see plan.h.
 */
#include "client/load/plan.h"

#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/number.h"

enum {
    DATAGRAM_SIZE_MAX = 65507, /* UDP over IPv4: udp(7) */
    CONNECTIONS = 4,
    CONNECTIONS_OPEN_LOOP = 1000, /* at most: only as many are opened as requests are under way */
};

static int64_t given(int64_t value, int64_t otherwise)
{
    return value != LOAD_NOT_GIVEN ? value : otherwise;
}

/* Return what the service of POOL answers; of an unknown service, anything. */
static enum load_expect expect_of(const struct pool_config *pool)
{
    if (pool == NULL)
        return EXPECT_INCREMENT;
    for (int i = 0; i < EXPECT_ANY; i++) {
        if (strcmp(pool->service, load_expect_names[i]) == 0)
            return (enum load_expect)i;
    }
    return EXPECT_ANY;
}

static int64_t count_cores(void)
{
    cpu_set_t cores;

    return sched_getaffinity(0, sizeof(cores), &cores) == 0 ? CPU_COUNT(&cores) : 1;
}

/* One for each core, but no more than connections; one for --hold, whose connections share one
 * clock. */
static size_t choose_processes(const struct load_options *options, size_t connections)
{
    int64_t count = given(options->processes, options->hold_ns > 0 ? 1 : count_cores());

    return (size_t)count < connections ? (size_t)count : connections;
}

/* Different each run, so that a reply to another generator is seen as a mismatch. */
static uint32_t choose_seed(void)
{
    return (uint32_t)clock_now_ns() * 2654435761U ^ (uint32_t)getpid();
}

struct load_plan load_plan_make(const struct load_options *options, const struct target *target)
{
    const struct pool_config *pool = target->pool;
    bool datagram = target->endpoint.type == SOCK_DGRAM, hold = options->hold_ns > 0;
    bool keep_open = options->keep_open || hold || datagram;
    int64_t forever = hold || options->requests > 0 ? NUMBER_UNLIMITED : 10 * NS_PER_S;
    struct load_plan plan = {
        .endpoint = target->endpoint,
        .rate = given(options->rate, 0),
        .warm_up_ns = given(options->warm_up_ns, 0),
        .duration_ns = given(options->duration_ns, forever),
        .requests = given(options->requests, NUMBER_UNLIMITED),
        .requests_per_connection =
            pool != NULL && !datagram ? pool->requests_per_connection : NUMBER_UNLIMITED,
        .timeout_ns = given(options->timeout_ns, (datagram ? 1 : 10) * NS_PER_S),
        .late_ns = options->late_ns,
        .hold_ns = given(options->hold_ns, 0),
        .size = (size_t)options->size,
        .seed = (uint32_t)given(options->seed, choose_seed()),
        .expect = options->expect == EXPECT_BY_SERVICE ? expect_of(pool) : options->expect,
        .keep_open = keep_open,
    };

    plan.as_needed = plan.rate > 0 && !keep_open && options->connections == LOAD_NOT_GIVEN;
    plan.connections =
        plan.as_needed ? CONNECTIONS_OPEN_LOOP : (size_t)given(options->connections, CONNECTIONS);
    plan.processes = choose_processes(options, plan.connections);
    plan.connect_timeout_ns = given(options->connect_timeout_ns, plan.timeout_ns);
    return plan;
}

/* Return NULL, or why PLAN and OPTIONS do not go with --hold. */
static const char *check_hold(const struct load_plan *plan, const struct load_options *options)
{
    if (plan->endpoint.type == SOCK_DGRAM)
        return "--hold needs connections, which datagram sockets do not have";
    if (options->requests > 0 || options->duration_ns > 0 || plan->warm_up_ns > 0 || plan->rate > 0)
        return "--hold sends two requests a connection: it cannot be combined with --requests, "
               "--duration, --warm-up or --rate";
    if (options->processes > 1)
        return "--hold holds all connections in one process: it cannot be combined with "
               "--processes";
    return NULL;
}

/* Return NULL, or why the pool of the configuration does not answer PLAN. */
static const char *check_pool(const struct load_plan *plan)
{
    if (plan->requests_per_connection > 1)
        return NULL;
    if (plan->size > 1)
        return "--size above 1 needs a pool that answers every byte";
    if (plan->keep_open)
        return "--keep-open and --hold need a pool that answers more than one request a connection";
    return NULL;
}

enum status load_plan_check(const struct load_plan *plan, const struct load_options *options,
                            const struct target *target)
{
    const char *reason = plan->hold_ns > 0 ? check_hold(plan, options) : NULL;

    if (reason != NULL) {
        warnx("%s", reason);
    } else if (plan->endpoint.type == SOCK_DGRAM && plan->size > DATAGRAM_SIZE_MAX) {
        warnx("--size %zu: a datagram holds at most %d bytes", plan->size, DATAGRAM_SIZE_MAX);
    } else {
        reason = check_pool(plan);
        if (reason == NULL)
            return STATUS_OK;
        warnx("%s: pool '%s' has requests_per_connection = 1", reason, target->pool->name);
    }
    return STATUS_USAGE;
}
