/*
 * rights: see rights.h.
 */
#include "server/control/admission/rights.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/status.h"
#include "server/worker/connection/access_process.h"
#include "server/worker/connection/connection_log.h"

static enum right right_of(int fd, const struct access_table *readers, uid_t uid)
{
    struct ucred client;

    if (uid == 0 || uid == geteuid())
        return RIGHT_COMMAND;
    if (readers == NULL || access_process_find(readers, fd, &client)->verdict != ACCESS_ALLOWED)
        return RIGHT_NONE;
    return RIGHT_ASK;
}

void rights_log_refusal(struct refusals *refusals, const struct peer *peer, const char *command)
{
    char more[CONNECTION_MORE_SIZE];

    if (!connection_may_name(&refusals->logged_s, &refusals->left_out, more))
        return;
    if (command == NULL)
        warnx("control: refused user %d, process %d%s", (int)peer->process.uid,
              (int)peer->process.pid, more);
    else
        warnx("control: refused user %d, process %d, which may only ask: %s%s",
              (int)peer->process.uid, (int)peer->process.pid, command, more);
}

__attribute__((format(printf, 3, 4))) static void refuse(struct reply *reply, enum status status,
                                                         const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    reply_refuse(reply, (int)status, format, arguments);
    va_end(arguments);
}

bool rights_find(int fd, const struct access_table *readers, struct refusals *refusals,
                 struct peer *peer, struct reply *reply)
{
    socklen_t size = sizeof(peer->process);

    peer->right = RIGHT_NONE;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer->process, &size) < 0) {
        warn("control: cannot find the user of a client");
        refuse(reply, STATUS_SYSTEM, "the master cannot find which user commands it: %s",
               strerror(errno));
        return false;
    }
    peer->right = right_of(fd, readers, peer->process.uid);
    if (peer->right != RIGHT_NONE)
        return true;
    rights_log_refusal(refusals, peer, NULL);
    refuse(reply, STATUS_NO_PERMISSION, "user %d may not command this master%s",
           (int)peer->process.uid, readers == NULL ? "" : ", nor ask it: see control_readers");
    return false;
}
