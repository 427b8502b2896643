/*
 * Unit tests of server/master/config_reader: a child that does not end holds up no change.
 */
#include "server/master/config_reader.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "tests/unit/tap.h"

/* A file that is read in no time: what counts is that waitpid(2) has not reported the child. */
static const struct config_source source = {.file = "/dev/null", .path = "/dev/null"};

int main(void)
{
    struct config_reader reader;
    struct config *config = NULL;
    struct failure failure = FAILURE_UNSAID;
    char *why = NULL;
    pid_t pid;

    ok(config_reader_begin(&reader, &source, 0, &failure) == NULL, "a child is started");
    pid = reader.pid;
    ok(!config_reader_take(&reader, &config, &why), "there is no result while it is there");
    is_number(config_reader_continue(&reader, reader.due_ns - 1), reader.due_ns, "it has time");
    is_number(config_reader_continue(&reader, reader.due_ns), reader.due_ns, "and then no more");
    ok(config_reader_take(&reader, &config, &why), "there is a result at once");
    ok(config == NULL && why != NULL && strstr(why, "not read within 20 s") != NULL,
       "which is why");
    ok(!config_reader_note_status(&reader, pid, 0), "its end is that of an unknown process");
    ok(!config_reader_take(&reader, &config, &why), "there is one result");
    free(why);
    waitpid(pid, NULL, 0);
    return tap_end();
}
