/*
 * preforkload: options, target, plan, run, report, exit status.
 */
#include <errno.h>
#include <stdio.h>

#include "client/load/options.h"
#include "client/load/plan.h"
#include "client/load/report.h"
#include "client/load/room.h"
#include "client/load/run.h"
#include "client/load/verdict.h"
#include "client/program.h"
#include "client/target.h"

/* The gravest first. */
static enum status judge(const struct target *target, const struct load_plan *plan,
                         const struct load_result *result)
{
    if (result->interrupted)
        return STATUS_INTERRUPTED;
    if (result->reached == 0) {
        errno = result->connect_errno != 0 ? result->connect_errno : ETIMEDOUT;
        target_warn_unreachable(target);
        return STATUS_UNAVAILABLE;
    }
    if (!load_held_schedule(plan, result))
        return STATUS_BEHIND;
    return result->failed > 0 ? STATUS_FAILED : STATUS_OK;
}

static enum status load(const struct load_options *options, const struct target *target)
{
    static struct load_result result;
    struct load_plan plan = load_plan_make(options, target);
    enum status status = load_plan_check(&plan, options, target);

    if (status == STATUS_OK)
        status = load_room_check(&plan, target->pool);
    if (status != STATUS_OK)
        return status;
    if (load_run(&plan, &result, options->quiet ? NULL : load_report_progress,
                 options->interval_ns) < 0)
        return STATUS_SYSTEM;
    if (options->json)
        load_report_json(&plan, &result, stdout);
    else
        load_report_text(target, &plan, &result, stdout);
    if (program_end(STATUS_OK) != STATUS_OK)
        return STATUS_SYSTEM;
    return judge(target, &plan, &result);
}

int main(int argc, char **argv)
{
    struct load_options options;
    struct target target;
    int status;

    program_start("preforkload");
    status = load_options_parse(&options, argc, argv);
    if (status != LOAD_GO_ON)
        return status;
    status = (int)target_find(&options.to, &target);
    if (status != STATUS_OK)
        return status;
    status = (int)load(&options, &target);
    target_free(&target);
    return status;
}
