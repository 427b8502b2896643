/*
 * preforkload: reads options, runs the load, prints the report, and chooses the exit status; or
 * compares two reports.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "client/load/engine/run.h"
#include "client/load/limits.h"
#include "client/load/options.h"
#include "client/load/plan.h"
#include "client/load/report/check.h"
#include "client/load/report/compare.h"
#include "client/load/report/json.h"
#include "client/load/report/progress.h"
#include "client/load/report/report.h"
#include "client/load/report/verdict.h"
#include "client/shared/program.h"
#include "client/shared/target.h"
#include "common/log.h"

/* Return whether requests were made and no connection ever came about, though there was room for
 * one. */
static bool is_unreachable(const struct load_result *result)
{
    return result->reached == 0 && !load_ran_out(result) &&
           (result->unreached > 0 || result->scheduled > 0);
}

/* Choose the exit status, the gravest first. Failed requests make no difference only if a check is
 * about them: one of latencies alone would pass while half of the requests fail. */
static enum status judge(const struct target *target, const struct load_plan *plan,
                         const struct load_result *result, const struct load_checks *checks)
{
    if (result->interrupted)
        return STATUS_INTERRUPTED;
    if (is_unreachable(result)) {
        errno = result->connect_errno != 0 ? result->connect_errno : ETIMEDOUT;
        target_warn_unreachable(target);
        return STATUS_UNAVAILABLE;
    }
    if (result->scheduled == 0 || load_ran_out(result) || !load_held_schedule(plan, result))
        return STATUS_BEHIND;
    if (!load_checks_pass(checks, result))
        return STATUS_CHECK_FAILED;
    return result->failed > 0 && !load_checks_allow_errors(checks) ? STATUS_FAILED : STATUS_OK;
}

/* Name the option that is missing, if every reply was wrong and the right one only a guess. */
static void warn_of_expect(const struct load_options *options, const struct target *target,
                           const struct load_result *result)
{
    if (options->expect == EXPECT_BY_SERVICE && target->pool == NULL && result->ok == 0 &&
        result->errors[REPLY_MISMATCH] > 0)
        warnx("no reply was each byte plus one, as --expect increment has it, the default: use "
              "--expect echo if the server returns what it reads, otherwise --expect any");
}

static enum status load(const struct load_options *options, const struct load_checks *checks,
                        const struct target *target)
{
    static struct load_result result;
    struct load_plan plan = load_plan_make(options, target);
    enum status status = load_plan_check(&plan, options, target);
    int done;

    if (status == STATUS_OK)
        status = load_limits_check(&plan, target->pool);
    if (status != STATUS_OK)
        return status;
    done = load_run(&plan, &result, options->quiet ? NULL : load_progress_open(),
                    options->interval_ns);
    load_progress_close();
    if (done < 0)
        return STATUS_SYSTEM;
    if (options->json)
        load_json_print(target, &plan, &result, checks, stdout);
    else
        load_report_print(target, &plan, &result, checks, stdout);
    if (program_end(STATUS_OK) != STATUS_OK)
        return STATUS_SYSTEM;
    warn_of_expect(options, target, &result);
    return judge(target, &plan, &result, checks);
}

static enum status find_and_load(const struct load_options *options)
{
    struct load_checks checks;
    struct target target;
    enum status status = load_checks_parse(options, &checks);

    if (status == STATUS_OK)
        status = target_find(&options->to, &target);
    if (status != STATUS_OK)
        return status;
    status = load(options, &checks, &target);
    target_free(&target);
    return status;
}

int main(int argc, char **argv)
{
    struct load_options options;
    int status;

    program_start("preforkload");
    status = load_options_parse(&options, argc, argv);
    if (status != COMMAND_LINE_GO_ON)
        return status;
    if (options.compare)
        return program_end((int)load_compare(&options));
    return (int)find_and_load(&options);
}
