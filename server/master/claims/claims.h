/*
 * claims: what a configuration takes from the host besides the addresses of its pools: the log, the
 * control socket, the pid file.
 *
 * A start, a successor and a reload open them in the same way, so that each refuses what the others
 * refuse. They are put in force later, when nothing that could fail is left to do: until then what
 * is in force is not touched.
 */
#ifndef PREFORKD_SERVER_MASTER_CLAIMS_CLAIMS_H
#define PREFORKD_SERVER_MASTER_CLAIMS_CLAIMS_H

#include <stdint.h>

#include "common/config/config.h"
#include "common/failure.h"
#include "server/log/sink.h"
#include "server/net/inherited.h"
#include "server/net/listener.h"
#include "server/worker/connection/access_table.h"

/* Control sockets that exist. */
struct claims_there {
    struct listener *control; /* the one in force; NULL: none */
    const struct inherited *inherited;
};

/* A zeroed struct claims nothing. */
struct claims {
    const struct config *config;  /* NULL: nothing is open */
    int log_fd;                   /* -1: not open */
    struct listener *control;     /* NULL: none */
    struct access_table *readers; /* who may ask there (control_readers); NULL: none */
};

/* Open what CONFIG asks for: a control socket that is THERE is shared if the address is the same,
 * and made anew if its file is gone; an address in use is retried for PATIENCE_NS. The pid file is
 * written under another name. FAILURE names the setting, and nothing is left open then. */
MAY_FAIL claims_open(struct claims *claims, struct claims_there there, const struct config *config,
                     int64_t patience_ns, struct failure *failure);

/* Put CLAIMS in force as LOG, CONTROL and READERS, in place of what they are. The pid file stays a
 * draft: see pidfile.h. */
void claims_put_in_force(struct claims *claims, struct log_sink *log, struct listener **control,
                         struct access_table **readers);

/* Set the mode of the file of CONTROL, NULL: there is none, to what CONFIG, which is in force,
 * says. A failure is logged. */
void claims_adjust_control(const struct config *config, struct listener *control);

/* Close and remove what was not put in force. */
void claims_close(struct claims *claims);

#endif
