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
    command->only[0] = '\0';
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

/* What pools have counted until they stopped: SEEN of them all, UNSEEN (with resident programs)
 * only what they refused. */
struct stop_sums {
    uint64_t served, cut, earlier, refused;
    size_t seen, unseen;
};

static void add_pool(struct stop_sums *sums, const struct pool *pool)
{
    sums->refused += pool->totals.refused;
    if (!pool->kind->sees_clients) {
        sums->unseen++;
        return;
    }
    sums->seen++;
    sums->served += totals_served(&pool->totals);
    sums->cut += totals_cut(&pool->totals);
    sums->earlier += totals_cut(&pool->totals) - pool->totals.cut;
}

void command_report_stop(const struct control *control, struct command *command)
{
    struct reply *reply = &command->reply;
    struct stop_sums sums = {0};

    for_each_pool (pool, control->master)
        add_pool(&sums, pool);
    if (sums.seen > 0) {
        reply_print(reply, "served %llu", (unsigned long long)sums.served);
        reply_print(reply, "cut %llu", (unsigned long long)sums.cut);
    }
    reply_print(reply, "refused %llu", (unsigned long long)sums.refused);
    if (sums.seen > 0)
        reply_print(reply, "cut_earlier %llu", (unsigned long long)sums.earlier);
    if (sums.unseen > 0)
        reply_print(reply, "unseen %zu", sums.unseen);
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
