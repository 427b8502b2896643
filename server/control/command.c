/*
 * command: see command.h.
 */
#include "server/control/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/master/master.h"
#include "server/upgrade/upgrade.h"

void command_init(struct command *command)
{
    command->id = command->waits_for = COMMANDS;
    command->pool = command->slot = command->reply.length = 0;
    command->text = command->rest = NULL;
    command->reader = (struct config_reader){.pid = 0};
}

void command_end(struct command *command)
{
    config_reader_cancel(&command->reader);
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

/* Returns LINES, each behind PREFIX and a blank, to be freed; NULL without memory. */
static char *prefix_lines(const char *prefix, const char *lines)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    while (*lines != '\0') {
        int length = (int)strcspn(lines, "\n");

        if (length > 0)
            fprintf(out, "%s %.*s\n", prefix, length, lines);
        lines += length + (lines[length] == '\n');
    }
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

void command_set_lines(struct command *command, const char *prefix, const char *lines)
{
    command_end(command);
    command->text = command->rest = prefix_lines(prefix, lines);
    if (command->text == NULL)
        reply_print(&command->reply, "failed no memory for the reply");
}

/* By bytes, not by lines: one line may be longer than a piece. */
bool command_continue_lines(struct command *command)
{
    struct reply *reply = &command->reply;

    reply->length = command->rest == NULL ? 0 : strnlen(command->rest, sizeof(reply->piece));
    if (reply->length == 0)
        return false;
    memcpy(reply->piece, command->rest, reply->length);
    command->rest += reply->length;
    return true;
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
    if (why != NULL) {
        command_set_lines(command, "failed", why);
        command->waits_for = COMMANDS; /* the pieces that follow have them, and the end */
        return;
    }
    if (command->waits_for == COMMAND_UPGRADE)
        reply_print(&command->reply, "pid %d", (int)control->upgrade->successor);
    else
        reply_print(&command->reply, "generation %llu",
                    (unsigned long long)control->master->generation);
    command_finish(command);
}
