/*
 * engine: see engine.h. The loop, the clock and the signals; what the connections do is the driver's.
 */
#include "client/load/engine/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "client/load/engine/driver.h"
#include "client/load/engine/recorder.h"
#include "common/clock.h"
#include "common/number.h"

#define RETRY_NS     NS_PER_MS         /* at the latest, for a full accept queue */
#define SWEEP_NS     (100 * NS_PER_MS) /* how late a timeout is seen, or an eighth of it */
#define INTERRUPT_NS NS_PER_S          /* for the requests under way, after a signal */
#define OVERTIME_NS  NS_PER_S          /* after the schedule, for what is behind it */

struct engine {
    const struct load_plan *plan;
    struct load_result *result;
    struct load_driver driver;
    int signals;
    int64_t now_ns;
    int64_t cpu_before_ns;                     /* at the end of the warm-up */
    int64_t sweep_ns, give_up_ns, hold_end_ns; /* when that is due */
    bool measuring;                            /* the warm-up is over */
};

/* Nanoseconds until something is due that no descriptor tells of. */
static int64_t wait_ns(const struct engine *engine)
{
    const struct load_driver *driver = &engine->driver;
    int64_t until_ns = engine->sweep_ns;

    if (until_ns > load_driver_next_ns(driver))
        until_ns = load_driver_next_ns(driver);
    if (driver->waiting.first != NULL && until_ns > engine->now_ns + RETRY_NS)
        until_ns = engine->now_ns + RETRY_NS;
    if (driver->phase == PHASE_HOLD && until_ns > engine->hold_end_ns)
        until_ns = engine->hold_end_ns;
    if (!driver->stopping && until_ns > driver->schedule.end_ns)
        until_ns = driver->schedule.end_ns;
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

/* Once all are open that could be, hold them; then have each answered once more. */
static void keep_hold(struct engine *engine)
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

/* What an open loop has not sent by the end of its schedule it may still send for a while. */
static void keep_schedule(struct engine *engine)
{
    struct load_driver *driver = &engine->driver;

    if (!driver->stopping && (load_schedule_is_done(&driver->schedule, engine->now_ns) ||
                              engine->now_ns - OVERTIME_NS >= driver->schedule.end_ns))
        stop(engine);
}

static void measure(struct engine *engine, int64_t until_ns)
{
    int64_t cpu_ns = load_record_cpu_ns();

    if (!engine->measuring && engine->now_ns >= engine->driver.schedule.measure_ns) {
        engine->measuring = true;
        engine->cpu_before_ns = cpu_ns;
    }
    if (!engine->measuring)
        return;
    engine->result->cpu_ns = cpu_ns - engine->cpu_before_ns;
    engine->result->elapsed_ns = until_ns - engine->driver.schedule.measure_ns;
    if (engine->result->elapsed_ns < 0)
        engine->result->elapsed_ns = 0;
}

static int64_t sooner(int64_t a_ns, int64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* Once in a while: who takes too long, and what was used so far. */
static void sweep(struct engine *engine)
{
    const struct load_plan *plan = engine->plan;
    int64_t timeout_ns = sooner(plan->timeout_ns, plan->connect_timeout_ns);

    load_driver_give_up(&engine->driver, engine->now_ns);
    measure(engine, engine->now_ns);
    engine->sweep_ns = engine->now_ns + sooner(timeout_ns / 8, SWEEP_NS);
    if (!engine->measuring)
        engine->sweep_ns = sooner(engine->sweep_ns, engine->driver.schedule.measure_ns);
}

static void keep_time(struct engine *engine)
{
    engine->now_ns = clock_now_ns();
    keep_schedule(engine);
    if (engine->now_ns >= engine->sweep_ns)
        sweep(engine);
    if (engine->now_ns >= engine->give_up_ns)
        load_driver_drop(&engine->driver);
    load_driver_resume(&engine->driver, engine->now_ns);
    if (engine->plan->hold_ns > 0)
        keep_hold(engine);
}

static bool is_over(const struct engine *engine)
{
    const struct load_driver *driver = &engine->driver;

    return engine->result->in_flight == 0 &&
           (driver->stopping || (driver->phase == PHASE_FINISH && driver->joining.first == NULL));
}

/* All processes of the run begin together, and an open loop's sleeps are short. */
static void wait_for_begin(const struct engine *engine)
{
    int64_t begin_ns = engine->driver.schedule.begin_ns;
    struct timespec begin = {.tv_sec = begin_ns / NS_PER_S, .tv_nsec = begin_ns % NS_PER_S};

    if (engine->plan->rate > 0)
        prctl(PR_SET_TIMERSLACK, 1UL);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &begin, NULL) == EINTR)
        ;
}

/* An open loop lasts as long as its schedule, also after the last request of it is answered. */
static int64_t end_of_run(const struct engine *engine)
{
    const struct load_driver *driver = &engine->driver;
    bool whole = engine->plan->rate > 0 && !engine->result->interrupted &&
                 load_schedule_is_done(&driver->schedule, engine->now_ns);

    return whole && driver->ended_ns < driver->schedule.end_ns ? driver->schedule.end_ns
                                                               : driver->ended_ns;
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
        keep_time(engine);
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
