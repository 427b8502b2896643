/*
 * variants: the services that a pool has in place of the one of program.c, by its keys.
 */
#ifndef PREFORKD_SERVER_SERVICE_PROGRAM_VARIANTS_H
#define PREFORKD_SERVER_SERVICE_PROGRAM_VARIANTS_H

#include "server/service/service.h"

/* It gives each connection to a program which was started ahead of it: start = warm. */
extern const struct service service_program_warm;

/* It runs a program for each datagram, which is its standard input, and sends what the program
 * writes to standard output as one datagram: type = datagram. */
extern const struct service service_program_datagram;

#endif
