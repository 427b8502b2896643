/*
 * pack: a configuration as one block of bytes, by which the process that read it hands it to
 * another one.
 */
#ifndef PREFORKD_COMMON_CONFIG_PACK_H
#define PREFORKD_COMMON_CONFIG_PACK_H

#include <stddef.h>

#include "common/config/config.h"

/* Return CONFIG as a block of *SIZE bytes, to be freed; NULL without memory. It is good for a
 * process that was forked from this one, or forked this one: the names of files are addresses. */
void *config_pack(const struct config *config, size_t *size);

/* Make a configuration of BLOCK, the SIZE bytes that config_pack() returned, for config_free().
 * Returns NULL where they cannot be that; BLOCK is to be freed then. */
struct config *config_unpack(void *block, size_t size);

#endif
