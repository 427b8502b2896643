/*
 * engine: see engine.h. What each connection does is in driver.c.
 */
#include "client/load/engine/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "client/load/engine/driver.h"
#include "common/clock.h"
#include "common/number.h"

#define RETRY_NS     NS_PER_MS         /* between attempts when the accept queue is full */
#define SWEEP_NS     (100 * NS_PER_MS) /* between checks for timeouts; less if these are short */
#define INTERRUPT_NS NS_PER_S          /* for the requests under way to end, after a signal */
#define OVERTIME_NS  NS_PER_S          /* to send what is late, after the end of the schedule */

struct engine {
    const struct load_plan *plan;
    struct load_result *result;
    struct load_driver driver;
    int signals;
    int64_t now_ns;
    int64_t cpu_before_ns; /* used by the end of the warm-up */
    int64_t sweep_ns;      /* when timeouts are next checked */
    int64_t interrupt_ns;  /* when the first signal came; 0: none did */
    int64_t give_up_ns;    /* when the requests under way are dropped */
    int64_t hold_end_ns;
    bool measuring; /* the warm-up is over */
};

/* Return the nanoseconds until something is due that no descriptor reports. */
static int64_t wait_ns(const struct engine *engine)
{
    const struct load_driver *driver = &engine->driver;
    int64_t until_ns = clock_earlier_ns(engine->sweep_ns, load_driver_next_ns(driver));

    if (driver->waiting.first != NULL)
        until_ns = clock_earlier_ns(until_ns, engine->now_ns + RETRY_NS);
    if (driver->phase == PHASE_HOLD)
        until_ns = clock_earlier_ns(until_ns, engine->hold_end_ns);
    if (!driver->stopping)
        until_ns = clock_earlier_ns(until_ns, driver->schedule.end_ns);
    return until_ns > engine->now_ns ? until_ns - engine->now_ns : 0;
}

static void stop(struct engine *engine)
{
    engine->driver.stopping = true;
    load_driver_abandon(&engine->driver, engine->now_ns);
}

static void take_signal(struct engine *engine)
{
    struct signalfd_siginfo signal;

    if (read(engine->signals, &signal, sizeof(signal)) != sizeof(signal))
        return;
    engine->now_ns = clock_now_ns(); /* what came due during the wait counts as well */
    if (!engine->result->interrupted)
        engine->interrupt_ns = engine->now_ns;
    engine->give_up_ns = engine->now_ns + (engine->result->interrupted ? 0 : INTERRUPT_NS);
    engine->result->interrupted = true;
    if (!engine->driver.stopping)
        stop(engine);
}

static void take_events(struct engine *engine)
{
    struct load_connection *ready[POLLER_AT_ONCE];
    bool busy = load_driver_read(&engine->driver);
    size_t count;

    engine->now_ns = clock_now_ns();
    count = load_poller_wait(&engine->driver.poller, busy ? 0 : wait_ns(engine), ready);
    for (size_t i = 0; i < count; i++) {
        if (ready[i] == NULL)
            take_signal(engine);
        else
            load_driver_advance(&engine->driver, ready[i]);
    }
}

/* Begin the hold once every connection has had its first request, and end it when its time is
 * up. */
static void update_hold(struct engine *engine)
{
    struct load_driver *driver = &engine->driver;

    if (driver->phase == PHASE_OPEN && driver->joining.first == NULL &&
        engine->result->in_flight == 0) {
        load_driver_hold(driver);
        engine->hold_end_ns = engine->now_ns + (driver->held.count > 0 ? engine->plan->hold_ns : 0);
    }
    if (driver->phase == PHASE_HOLD && engine->now_ns >= engine->hold_end_ns)
        load_driver_release(driver);
}

/* Stop at the end of the schedule; an open loop that is late has OVERTIME_NS more. */
static void check_schedule(struct engine *engine)
{
    struct load_driver *driver = &engine->driver;

    if (!driver->stopping && (load_schedule_is_done(&driver->schedule, engine->now_ns) ||
                              engine->now_ns - OVERTIME_NS >= driver->schedule.end_ns))
        stop(engine);
}

/* Return the processor time that this process has used, user and system. */
static int64_t cpu_used_ns(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage); /* cannot fail for RUSAGE_SELF, getrusage(2) */
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NS_PER_US;
}

/* Store the processor time and the time since the warm-up, up to UNTIL_NS. */
static void measure(struct engine *engine, int64_t until_ns)
{
    int64_t cpu_ns = cpu_used_ns();

    if (!engine->measuring && engine->now_ns >= engine->driver.schedule.measure_ns) {
        engine->measuring = true;
        engine->cpu_before_ns = cpu_ns;
    }
    if (!engine->measuring)
        return;
    engine->result->cpu_ns = cpu_ns - engine->cpu_before_ns;
    engine->result->elapsed_ns = clock_later_ns(until_ns - engine->driver.schedule.measure_ns, 0);
}

/* Check for timeouts, store what progress needs, and say when to do so again. */
static void sweep(struct engine *engine)
{
    const struct load_plan *plan = engine->plan;
    int64_t timeout_ns = clock_earlier_ns(plan->timeout_ns, plan->connect_timeout_ns);

    load_driver_give_up(&engine->driver, engine->now_ns);
    measure(engine, engine->now_ns);
    engine->sweep_ns = engine->now_ns + clock_earlier_ns(timeout_ns / 8, SWEEP_NS);
    if (!engine->measuring)
        engine->sweep_ns = clock_earlier_ns(engine->sweep_ns, engine->driver.schedule.measure_ns);
}

static void check_time(struct engine *engine)
{
    engine->now_ns = clock_now_ns();
    check_schedule(engine);
    if (engine->now_ns >= engine->sweep_ns)
        sweep(engine);
    if (engine->now_ns >= engine->give_up_ns)
        load_driver_drop(&engine->driver, engine->now_ns);
    load_driver_resume(&engine->driver, engine->now_ns);
    if (engine->plan->hold_ns > 0)
        update_hold(engine);
}

static bool is_over(const struct engine *engine)
{
    const struct load_driver *driver = &engine->driver;

    return engine->result->in_flight == 0 &&
           (driver->stopping || (driver->phase == PHASE_FINISH && driver->joining.first == NULL));
}

/* Wait for the moment at which all processes begin. The timer slack of 50 us is too coarse for the
 * sleeps of an open loop: set the least. */
static void wait_for_begin(const struct engine *engine)
{
    int64_t begin_ns = engine->driver.schedule.begin_ns;
    struct timespec begin = {.tv_sec = begin_ns / NS_PER_S, .tv_nsec = begin_ns % NS_PER_S};

    if (engine->plan->rate > 0)
        prctl(PR_SET_TIMERSLACK, 1UL);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &begin, NULL) == EINTR)
        ;
}

/* Return when the run ended: with its last request, or at the interrupt if that was later, as a
 * server that answers nothing any more ends no request. An open loop that was not cut short lasts
 * to the end of its schedule, even if its last request was answered before. */
static int64_t end_of_run(const struct engine *engine)
{
    const struct load_driver *driver = &engine->driver;
    int64_t end_ns = clock_later_ns(driver->ended_ns, engine->interrupt_ns);
    bool whole = engine->plan->rate > 0 && !engine->result->interrupted &&
                 load_schedule_is_done(&driver->schedule, engine->now_ns);

    return whole ? clock_later_ns(end_ns, driver->schedule.end_ns) : end_ns;
}

static void run(struct engine *engine)
{
    struct load_driver *driver = &engine->driver;

    wait_for_begin(engine);
    engine->now_ns = driver->ended_ns = clock_now_ns();
    engine->give_up_ns = NUMBER_UNLIMITED;
    sweep(engine);
    while (!is_over(engine)) {
        load_driver_start(driver, engine->now_ns);
        take_events(engine);
        load_driver_retry(driver);
        check_time(engine);
    }
    measure(engine, end_of_run(engine));
}

static int open_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, LOAD_SIGNAL_STOP);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int load_engine_run(const struct load_plan *plan, const struct load_schedule *schedule,
                    struct load_result *results, size_t index)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    int done = -1, cause;

    if (engine == NULL)
        return -1;
    engine->plan = plan;
    engine->result = &results[index];
    engine->signals = open_signals();
    if (engine->signals >= 0) {
        done = load_driver_open(&engine->driver, plan, schedule, results, index, engine->signals);
        cause = errno;
        if (done == 0)
            run(engine);
        load_driver_close(&engine->driver);
        close(engine->signals);
        errno = cause;
    }
    free(engine);
    return done;
}
