/*
 * figures: see figures.h.
 */
#include "server/control/figures.h"

/* Return a count that only pools with programs have. */
static int64_t count_programs(const struct counters *sums, const struct pool_config *config,
                              enum program_outcome outcome)
{
    return config->runs_program ? (int64_t)counter_read(&sums->programs[outcome]) : STAT_UNKNOWN;
}

static void set_programs(struct pool_stats *found, const struct counters *sums,
                         const struct pool_config *config)
{
    found->programs_ok = count_programs(sums, config, PROGRAM_OK);
    found->programs_failed = count_programs(sums, config, PROGRAM_FAILED);
    found->programs_signalled = count_programs(sums, config, PROGRAM_SIGNALLED);
    found->programs_gone = count_programs(sums, config, PROGRAM_GONE);
    found->programs_unstarted = count_programs(sums, config, PROGRAM_UNSTARTED);
    found->exec_sum_ns =
        config->runs_program ? (int64_t)counter_read(&sums->exec_sum_ns) : STAT_UNKNOWN;
    if (!config->runs_program || config->start != START_WARM)
        found->programs_waiting = STAT_UNKNOWN;
    if (!config->moves_bytes && config->mode == MODE_UNIX)
        found->bytes_in = found->bytes_out = STAT_UNKNOWN;
}

static void set_proxy(struct pool_stats *found, const struct counters *sums,
                      const struct pool_config *config)
{
    bool required = config->proxy_protocol == PROXY_REQUIRED;

    found->proxy_refused = required ? (int64_t)counter_read(&sums->proxy_refused) : STAT_UNKNOWN;
    found->health_checks = required ? (int64_t)counter_read(&sums->health_checks) : STAT_UNKNOWN;
}

static void set_access(struct pool_stats *found, const struct counters *sums,
                       const struct pool_config *config)
{
    bool has_rules = config->allow != NULL || config->deny != NULL;

    found->access_refused = has_rules ? (int64_t)counter_read(&sums->access_refused) : STAT_UNKNOWN;
}

static void set_sources(struct pool_stats *found, const struct counters *sums,
                        const struct pool_config *config)
{
    found->source_refused = config->max_per_source != NUMBER_UNLIMITED
                                ? (int64_t)counter_read(&sums->source_refused)
                                : STAT_UNKNOWN;
    found->rate_refused = config->max_rate_per_source != NUMBER_UNLIMITED
                              ? (int64_t)counter_read(&sums->rate_refused)
                              : STAT_UNKNOWN;
}

void figures_forget_unseen(struct pool_stats *found)
{
    found->busy = found->idle = found->all_busy_ns = found->max_reached = STAT_UNKNOWN;
    found->oldest_ns = found->retiring_oldest_ns = STAT_UNKNOWN;
    found->accepted = found->requests = found->bytes_in = found->bytes_out = STAT_UNKNOWN;
    found->accepted_1s = found->accepted_10s = found->accepted_60s = STAT_UNKNOWN;
    found->timeouts = found->dropped = found->took_sum_ns = STAT_UNKNOWN;
    found->programs_ok = found->programs_failed = found->programs_signalled = STAT_UNKNOWN;
    found->programs_gone = found->programs_unstarted = found->exec_sum_ns = STAT_UNKNOWN;
}

void figures_set_counters(struct pool_stats *found, const struct counters *sums,
                          const struct pool_config *config)
{
    found->accepted = (int64_t)counter_read(&sums->accepted);
    found->requests = (int64_t)counter_read(&sums->requests);
    found->bytes_in = (int64_t)counter_read(&sums->bytes_in);
    found->bytes_out = (int64_t)counter_read(&sums->bytes_out);
    found->timeouts = (int64_t)counter_read(&sums->timeouts);
    found->dropped = (int64_t)counter_read(&sums->dropped);
    found->took_sum_ns = (int64_t)counter_read(&sums->took_sum_ns);
    set_programs(found, sums, config);
    set_proxy(found, sums, config);
    set_access(found, sums, config);
    set_sources(found, sums, config);
}
