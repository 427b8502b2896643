/*
 * load_engine: see load_engine.h. The loop, the clock and the signals; what the connections do is
 * load_crew's.
 */
#include "client/load_engine.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "client/load_crew.h"
#include "client/load_tally.h"
#include "common/clock.h"
#include "common/number.h"

#define RETRY_NS     NS_PER_MS         /* at the latest, for a full accept queue */
#define SWEEP_NS     (100 * NS_PER_MS) /* how late a timeout is seen, or an eighth of it */
#define INTERRUPT_NS NS_PER_S          /* for the requests under way, after a signal */

struct engine {
    const struct load_plan *plan;
    struct load_result *result;
    load_progress *progress;
    struct load_crew crew;
    int signals;
    int64_t begun_ns, now_ns;
    int64_t sweep_ns, progress_ns, give_up_ns, hold_end_ns; /* when that is due */
};

/* Milliseconds until something is due that no descriptor tells of. */
static int wait_ms(const struct engine *engine)
{
    const struct load_crew *crew = &engine->crew;
    int64_t until_ns = engine->sweep_ns, left_ns;

    if (load_crew_can_start(crew))
        return 0;
    if (crew->waiting.first != NULL && until_ns > engine->now_ns + RETRY_NS)
        until_ns = engine->now_ns + RETRY_NS;
    if (crew->paused.first != NULL && until_ns > crew->paused.first->resume_ns)
        until_ns = crew->paused.first->resume_ns;
    if (crew->phase == PHASE_HOLD && until_ns > engine->hold_end_ns)
        until_ns = engine->hold_end_ns;
    if (!crew->stopping && until_ns - engine->begun_ns > engine->plan->duration_ns)
        until_ns = engine->begun_ns + engine->plan->duration_ns;
    left_ns = until_ns - engine->now_ns;
    return left_ns <= 0 ? 0 : (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS);
}

static void take_signal(struct engine *engine)
{
    struct signalfd_siginfo signal;

    if (read(engine->signals, &signal, sizeof(signal)) != sizeof(signal))
        return;
    engine->give_up_ns = engine->now_ns + (engine->result->interrupted ? 0 : INTERRUPT_NS);
    engine->result->interrupted = true;
    engine->crew.stopping = true;
}

static void take_events(struct engine *engine)
{
    struct load_connection *ready[WATCH_AT_ONCE];
    int timeout_ms = load_crew_read(&engine->crew) ? 0 : wait_ms(engine);
    size_t count = load_watch_wait(&engine->crew.watch, timeout_ms, ready);

    for (size_t i = 0; i < count; i++) {
        if (ready[i] == NULL)
            take_signal(engine);
        else
            load_crew_advance(&engine->crew, ready[i]);
    }
}

/* Once all are open that could be, hold them; then have each answered once more. */
static void keep_hold(struct engine *engine)
{
    struct load_crew *crew = &engine->crew;

    if (crew->phase == PHASE_OPEN && crew->joining.first == NULL &&
        engine->result->in_flight == 0) {
        load_crew_hold(crew);
        engine->hold_end_ns = engine->now_ns + (crew->held.count > 0 ? engine->plan->hold_ns : 0);
    }
    if (crew->phase == PHASE_HOLD && engine->now_ns >= engine->hold_end_ns)
        load_crew_release(crew);
}

static void sweep(struct engine *engine)
{
    int64_t often_ns = engine->plan->timeout_ns / 8;

    load_crew_give_up(&engine->crew, engine->now_ns - engine->plan->timeout_ns, false);
    engine->sweep_ns = engine->now_ns + (often_ns < SWEEP_NS ? often_ns : SWEEP_NS);
}

static void keep_time(struct engine *engine)
{
    engine->now_ns = clock_now_ns();
    if (engine->now_ns - engine->begun_ns >= engine->plan->duration_ns)
        engine->crew.stopping = true;
    if (engine->now_ns >= engine->sweep_ns)
        sweep(engine);
    if (engine->now_ns >= engine->give_up_ns)
        load_crew_give_up(&engine->crew, engine->now_ns, true);
    load_crew_resume(&engine->crew, engine->now_ns);
    if (engine->plan->hold_ns > 0)
        keep_hold(engine);
    if (engine->progress != NULL && engine->now_ns >= engine->progress_ns) {
        engine->progress(engine->result, engine->now_ns - engine->begun_ns);
        engine->progress_ns += NS_PER_S;
    }
}

static bool is_over(const struct engine *engine)
{
    const struct load_crew *crew = &engine->crew;

    return engine->result->in_flight == 0 &&
           (crew->stopping || (crew->phase == PHASE_FINISH && crew->joining.first == NULL));
}

static void run(struct engine *engine)
{
    struct load_crew *crew = &engine->crew;
    int64_t cpu_before_ns = load_tally_cpu_ns();

    engine->begun_ns = engine->now_ns = crew->ended_ns = clock_now_ns();
    engine->progress_ns = engine->begun_ns + NS_PER_S;
    engine->give_up_ns = NUMBER_UNLIMITED;
    while (!is_over(engine)) {
        load_crew_start(crew);
        take_events(engine);
        load_crew_retry(crew);
        keep_time(engine);
    }
    engine->result->elapsed_ns = crew->ended_ns - engine->begun_ns;
    engine->result->cpu_ns = load_tally_cpu_ns() - cpu_before_ns;
}

/* A descriptor that tells of SIGINT and SIGTERM, which no longer kill; -1 with errno. */
static int open_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        return -1;
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int load_run(const struct load_plan *plan, struct load_result *result, load_progress *progress)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    int done = -1, cause;

    if (engine == NULL)
        return -1;
    engine->plan = plan;
    engine->result = result;
    engine->progress = progress;
    engine->signals = open_signals();
    if (engine->signals >= 0) {
        done = load_crew_open(&engine->crew, plan, result, engine->signals);
        cause = errno;
        if (done == 0)
            run(engine);
        load_crew_close(&engine->crew);
        close(engine->signals);
        errno = cause;
    }
    free(engine);
    return done;
}
