/*
 * command: see command.h.
 */
#include "server/control/command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "server/master/master.h"
#include "server/upgrade/upgrade.h"

void command_init(struct command *command)
{
    command->id = command->waits_for = COMMANDS;
    command->pool = command->slot = command->reply.length = 0;
    command->text = command->rest = NULL;
}

void command_end(struct command *command)
{
    free(command->text);
    command->text = command->rest = NULL;
}

void command_refuse(struct command *command, int status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    reply_refuse(&command->reply, status, format, arguments);
    va_end(arguments);
    command->id = COMMANDS;
}

void command_finish(struct command *command)
{
    reply_print(&command->reply, "end");
    command->id = command->waits_for = COMMANDS;
}

void command_print_failures(struct command *command, const char *why)
{
    while (why != NULL && *why != '\0') {
        int length = (int)strcspn(why, "\n");

        reply_print(&command->reply, "failed %.*s", length, why);
        why += length + (why[length] == '\n');
    }
}

void command_report_stop(const struct control *control, struct command *command)
{
    uint64_t served = 0, cut = 0, earlier = 0, refused = 0;

    for_each_pool (pool, control->master) {
        served += totals_served(&pool->totals);
        cut += totals_cut(&pool->totals);
        earlier += totals_cut(&pool->totals) - pool->totals.cut;
        refused += pool->totals.refused;
    }
    reply_print(&command->reply, "served %llu", (unsigned long long)served);
    reply_print(&command->reply, "cut %llu", (unsigned long long)cut);
    reply_print(&command->reply, "refused %llu", (unsigned long long)refused);
    reply_print(&command->reply, "cut_earlier %llu", (unsigned long long)earlier);
    command_finish(command);
}

void command_report(const struct control *control, struct command *command, const char *why)
{
    if (why == NULL && command->waits_for == COMMAND_UPGRADE)
        reply_print(&command->reply, "pid %d", (int)control->upgrade->successor);
    else if (why == NULL)
        reply_print(&command->reply, "generation %llu",
                    (unsigned long long)control->master->generation);
    command_print_failures(command, why);
    command_finish(command);
}
