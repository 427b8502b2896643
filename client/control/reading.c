/*
 * reading: see reading.h.
 */
#include "client/control/reading.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/control/session.h"

static const char no_memory[] = "out of memory";

void reading_free(struct reading *reading)
{
    if (reading->reply != NULL)
        snapshot_free(&reading->snapshot);
    free(reading->reply);
    *reading = (struct reading){0};
}

enum status reading_ask(struct reading *reading, const char *path, const char *command,
                        int64_t timeout_ns, char why[READING_WHY_SIZE])
{
    struct reading fresh = {0};
    enum status status = session_ask(path, command, timeout_ns, timeout_ns, &fresh.reply);

    if (status != STATUS_OK) {
        snprintf(why, READING_WHY_SIZE, "%s", fresh.reply != NULL ? fresh.reply : no_memory);
        free(fresh.reply);
        return status;
    }
    if (snapshot_read(fresh.reply, &fresh.snapshot) < 0) {
        snprintf(why, READING_WHY_SIZE, "%s",
                 errno == ENOMEM ? no_memory : "what answers is not preforkd");
        free(fresh.reply);
        return STATUS_FAILED;
    }
    reading_free(reading);
    *reading = fresh;
    return STATUS_OK;
}
