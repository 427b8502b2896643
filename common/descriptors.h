/*
 * descriptors: what a process has inherited and does not need: close it, or keep it from programs.
 */
#ifndef PREFORKD_COMMON_DESCRIPTORS_H
#define PREFORKD_COMMON_DESCRIPTORS_H

#include <stddef.h>

/* Close all descriptors but 0, 1, 2 and the COUNT in KEPT. Cannot fail. */
void descriptors_close_others(const int *kept, size_t count);

/* Set all descriptors but 0, 1 and 2 close-on-exec. Cannot fail. */
void descriptors_mark_all(void);

#endif
