/*
 * reload: see reload.h.
 */
#include "server/master/reload.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/master/claims/pidfile.h"
#include "server/master/generations.h"
#include "server/master/master.h"
#include "server/master/trial.h"
#include "server/worker/privileges.h"

/* That no listener could be opened in place of one that is down is logged so often. */
#define COMPLAIN_NS (10 * NS_PER_S)

enum { RETIRING_MAX = 8 };

/* Nothing changes because of WHY, which may have several lines. */
static void refuse(struct master *master, const char *why)
{
    log_lines(LOG_ERROR, "not reloaded", why);
    completion_set(&master->reload.completion, why);
}

void reload_complain(struct master *master, const char *why)
{
    int64_t now_ns = clock_coarse_ns();

    if (now_ns < master->reload.complain_ns)
        return;
    master->reload.complain_ns = now_ns + COMPLAIN_NS;
    log_lines(LOG_WARNING, "no new listener yet", why);
}

/* The reload that is under way is over. WHY nothing changes: NULL, if it does. */
static void end(struct master *master, const char *why)
{
    master->reload.step = RELOAD_NONE;
    master->reload.config = NULL;
    master->change = CHANGE_NONE;
    if (why != NULL && master->reload.renews != NULL)
        reload_complain(master, why);
    else if (why != NULL)
        refuse(master, why);
    master->reload.renews = NULL;
}

static void begin(struct master *master, int64_t now_ns)
{
    struct reload *reload = &master->reload;
    struct failure failure = FAILURE_UNSAID;

    reload->wanted = reload->wait_logged = false;
    service_manager_reloading(&master->manager);
    if (config_reader_begin(&reload->reader, master->source, now_ns, &failure) != NULL) {
        refuse(master, failure.message);
        return;
    }
    master->change = CHANGE_RELOAD;
    reload->step = RELOAD_READS;
}

/* Claim what the configuration that was read asks for, before its pools are opened. */
static void read_file(struct master *master)
{
    const struct claims_there there = {master->control, master->inherited};
    struct reload *reload = &master->reload;
    char *why = NULL;

    if (!config_reader_take(&reload->reader, &reload->config, &why))
        return;
    if (reload->config == NULL) {
        end(master, why == NULL ? "no memory" : why);
        free(why);
        return;
    }
    reload->generation++;
    reload->step = claims_open(&reload->claims, there, reload->config, 0, &reload->failure) != NULL
                       ? RELOAD_DISCARDS
                       : RELOAD_OPENS;
}

static void open_some(struct master *master, int64_t now_ns)
{
    struct reload *reload = &master->reload;
    bool done;

    if (generations_open(master, reload->config, reload->generation, &reload->placement,
                         clock_now_ns() + MASTER_TURN_NS, 0, &done, &reload->failure) != NULL) {
        reload->step = RELOAD_DISCARDS;
    } else if (done) {
        trial_begin(master, now_ns);
        reload->step = RELOAD_JUDGES;
    }
}

/* Close candidates until UNTIL_NS, and refuse the reload because of WHY when none is left. */
static void discard(struct master *master, const char *why, int64_t until_ns)
{
    struct pool *pool;

    placement_free(&master->reload.placement);
    while ((pool = generations_candidate(master)) != NULL) {
        generations_remove(master, pool);
        if (clock_now_ns() >= until_ns)
            return;
    }
    claims_close(&master->reload.claims);
    config_free(master->reload.config);
    end(master, why);
}

bool reload_holds(const struct master *master, const struct pool *pool)
{
    enum reload_step step = master->reload.step;

    return (step == RELOAD_OPENS || step == RELOAD_DISCARDS) && pool->phase == PHASE_RUNNING &&
           pool->generation != master->generation;
}

/* An upgrade that waits goes first, and reads the file, too: reloads that follow on each other
 * would keep it from beginning. */
static bool can_begin(const struct master *master)
{
    return master->phase == PHASE_RUNNING && master->role == ROLE_IN_CHARGE &&
           master->change == CHANGE_NONE && !master->upgrade_wanted &&
           generations_count_retiring(master) < RETIRING_MAX;
}

/* Return when an upgrade can begin for which there is no event but the end of a reload. */
static int64_t upgrade_due_ns(const struct master *master, int64_t now_ns)
{
    return master->upgrade_wanted && master->change == CHANGE_NONE && master->role == ROLE_IN_CHARGE
               ? now_ns
               : NEVER_NS;
}

size_t reload_waits_for(const struct master *master)
{
    size_t retiring = generations_count_retiring(master);

    return master->reload.wanted && master->change == CHANGE_NONE && retiring >= RETIRING_MAX
               ? retiring
               : 0;
}

/* Log once that the reload waits, where that may take until stop_timeout. */
static void report_wait(struct master *master)
{
    size_t retiring = reload_waits_for(master);

    if (retiring == 0 || master->reload.wait_logged)
        return;
    master->reload.wait_logged = true;
    log_line(
        LOG_NOTICE,
        "reload deferred: %zu earlier generations still finish connections; it begins when one "
        "of them has ended",
        retiring);
}

void reload_judge(struct master *master, struct pool *renews, int64_t now_ns)
{
    struct reload *reload = &master->reload;

    master->change = CHANGE_RELOAD;
    reload->renews = renews;
    reload->generation++;
    trial_begin(master, now_ns);
    reload->step = RELOAD_JUDGES;
}

void reload_request(struct master *master, int64_t now_ns)
{
    if (master->phase != PHASE_RUNNING)
        refuse(master, "the master is stopping");
    else if (can_begin(master))
        begin(master, now_ns);
    else
        master->reload.wanted = true;
}

static void promote(struct master *master, int64_t now_ns)
{
    struct reload *reload = &master->reload;
    uint64_t old = master->generation;

    claims_put_in_force(&reload->claims, &master->log, &master->control, &master->readers);
    pidfile_replace(reload->config->pid_file, master->config->pid_file, getpid());
    master->config = reload->config;
    claims_adjust_control(master->config, master->control);
    generations_promote(master, reload->generation);
    generations_adjust_listeners(master);
    generations_set_stop_timeout(master, master->config->stop_timeout_ns);
    generations_retire(master, old, now_ns);
    log_line(LOG_NOTICE, "reloaded: generation %llu", (unsigned long long)master->generation);
    privileges_log_remarks(master->config);
    completion_set(&reload->completion, NULL);
}

/* All candidates accept. */
static void succeed(struct master *master, int64_t now_ns)
{
    if (master->reload.renews != NULL)
        generations_renew(master, master->reload.renews, generations_candidate(master), now_ns);
    else
        promote(master, now_ns);
    end(master, NULL);
}

/* Retire the candidates as any pool, for they may have accepted connections. Their configuration is
 * freed with the last of them. */
static void undo(struct master *master, const char *why, int64_t now_ns)
{
    generations_retire(master, master->reload.generation, now_ns);
    claims_close(&master->reload.claims);
    end(master, why);
}

static void judge(struct master *master, int64_t now_ns)
{
    char why[TRIAL_REASON_SIZE];

    switch (trial_judge(master, now_ns, why)) {
    case TRIAL_PASSED:
        succeed(master, now_ns);
        break;
    case TRIAL_FAILED:
        undo(master, why, now_ns);
        break;
    case TRIAL_GOES_ON:
        break;
    }
}

int64_t reload_continue(struct master *master, int64_t now_ns)
{
    struct reload *reload = &master->reload;

    if (reload->step == RELOAD_READS)
        read_file(master);
    if (reload->step == RELOAD_OPENS)
        open_some(master, now_ns);
    if (reload->step == RELOAD_DISCARDS)
        discard(master, reload->failure.message, clock_now_ns() + MASTER_TURN_NS);
    if (reload->step == RELOAD_JUDGES)
        judge(master, now_ns);
    if (reload->wanted && can_begin(master))
        begin(master, now_ns);
    report_wait(master);
    if (reload->step == RELOAD_READS)
        return config_reader_continue(&reload->reader, now_ns);
    if (reload->step == RELOAD_JUDGES)
        return reload->due_ns;
    return reload->step == RELOAD_NONE ? upgrade_due_ns(master, now_ns) : now_ns;
}

void reload_cancel(struct master *master, int64_t now_ns)
{
    static const char why[] = "the master is stopping";
    struct reload *reload = &master->reload;
    bool is_refused = reload->step != RELOAD_NONE && reload->renews == NULL;

    switch (reload->step) {
    case RELOAD_NONE:
        break;
    case RELOAD_READS:
        config_reader_cancel(&reload->reader);
        end(master, why);
        break;
    case RELOAD_JUDGES:
        undo(master, why, now_ns);
        break;
    default: /* RELOAD_OPENS, RELOAD_DISCARDS */
        discard(master, why, NEVER_NS);
    }
    if (reload->wanted && !is_refused)
        refuse(master, why); /* one that waits for a renewal, for example */
    reload->wanted = false;
}
