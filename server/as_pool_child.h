/*
 * as_pool_child: the child of as_pool, which takes the rights of a pool and finds the answer.
 */
#ifndef PREFORKD_SERVER_AS_POOL_CHILD_H
#define PREFORKD_SERVER_AS_POOL_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "server/as_pool.h"

/* How long a module may take to be loaded and started: less than a reload waits for its
 * configuration, and for workers that accept. */
enum { AS_POOL_MODULE_WITHIN_S = 5 };

/* What the child shares with its parent. A module may have written anything there, and may go on
 * while it is read: it is copied once, and looked at then. */
struct as_pool_answer {
    int is_done, is_wrong;
    int is_in_root;        /* the root directory of the pool is that of the child */
    int lets_client_speak; /* a module does */
    size_t key;            /* its number */
    char text[PROGRAM_CHECK_SIZE];
};

/* Return the number of KEY, and the key of NUMBER, which may be any. */
size_t as_pool_key_number(const char *key);
const char *as_pool_key(size_t number);

/* Append to TEXT, a string, with which rights that was found, where they are not those of this
 * process; the root directory only where IS_IN_ROOT. */
void as_pool_append_rights(const struct pool_config *pool, bool is_in_root,
                           char text[PROGRAM_CHECK_SIZE]);

/* Be the child of PARENT, and find ANSWER. */
void as_pool_find(const struct pool_config *pool, as_pool_check *check, pid_t parent,
                  struct as_pool_answer *answer);

#endif
