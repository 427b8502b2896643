/*
 * control_protocol: see control_protocol.h.
 */
#include "common/control_protocol.h"

#include <string.h>

const struct command_syntax commands[COMMANDS] = {
    [COMMAND_STATUS] = {"status", "", 0, 0, true},
    [COMMAND_WORKERS] = {"workers", "", 0, 0, true},
    [COMMAND_SOURCES] = {"sources", "[POOL]", 0, 1, false},
    [COMMAND_DIFF] = {"diff", "", 0, 0, false},
    [COMMAND_RELOAD] = {"reload", "", 0, 0, false},
    [COMMAND_UPGRADE] = {"upgrade", "", 0, 0, false},
    [COMMAND_STOP] = {"stop", "[fast]", 0, 1, false},
    [COMMAND_SCALE] = {"scale", "[POOL] N", 1, 2, false},
    [COMMAND_REOPEN] = {"reopen", "", 0, 0, false},
    [COMMAND_PING] = {"ping", "", 0, 0, true},
};

const char *const command_names[] = {"status", "workers", "sources", "diff", "reload", "upgrade",
                                     "stop",   "scale",   "reopen",  "ping", NULL};

const char *const worker_state_names[WORKER_STATES + 1] = {"none",  "starting", "idle",    "busy",
                                                           "spent", "leaving",  "running", NULL};
const char worker_state_letters[WORKER_STATES + 1] = ".S_WRGP";

enum command_id command_find(const char *name)
{
    size_t id = 0;

    while (id < COMMANDS && strcmp(commands[id].name, name) != 0)
        id++;
    return (enum command_id)id;
}
