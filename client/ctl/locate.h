/*
 * locate: which master the command line means: the path of its control socket, and whether the
 * master that answers there is the one of the configuration that was named.
 */
#ifndef PREFORKD_CLIENT_CTL_LOCATE_H
#define PREFORKD_CLIENT_CTL_LOCATE_H

#include "client/ctl/actions.h"

/* Where an installed master has its control socket (conf/preforkd.conf). */
#define LOCATE_DEFAULT "/run/preforkd/control"

/* Returns the path of the control socket, to be freed: that of OPTIONS, or what the key control of
 * its configuration says, or LOCATE_DEFAULT. Only that key has to be right: other errors are
 * warnings, and left to the master where ACTION has it read the file. Returns NULL, with the reason
 * printed and *STATUS to exit with. */
char *locate_socket(const struct ctl_options *options, const struct ctl_action *action,
                    int *status);

/* Returns STATUS_OK where the master at PATH runs the configuration of OPTIONS, or none was named;
 * otherwise what to exit with, and the reason is printed. */
int locate_check(const struct ctl_options *options, const char *path);

#endif
