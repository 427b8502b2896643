/*
 * config: read a file and its overrides into struct config, or report every error in them as
 * FILE:LINE:COLUMN.
 *
 * One table of keys (keys.c) drives parsing, defaults and dump. A configuration is complete before
 * it is used, and never changes afterwards; a reload makes another one.
 */
#ifndef PREFORKD_COMMON_CONFIG_CONFIG_H
#define PREFORKD_COMMON_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "common/endpoint.h"
#include "common/failure.h"
#include "common/number.h"

enum { MODE_UNIX, MODE_INET };

/* When a program is started: for each connection; ahead of it; or once, with the listener in place
 * of one. */
enum { START_CALL, START_WARM, START_RESIDENT };

enum { PROXY_NO, PROXY_REQUIRED };

enum { SANDBOX_OFF, SANDBOX_LOG, SANDBOX_ENFORCE };

enum { DEFER_ACCEPT_AUTO = -1, DEFER_ACCEPT_NO = 0 };

/* All numbers are int64_t, and ranges two of them, so that the table of keys can set them. They are
 * NUMBER_UNLIMITED where the file says `none` or `unlimited`. */
struct pool_config {
    const char *name;
    int64_t mode; /* MODE_UNIX or MODE_INET */
    int64_t type; /* SOCK_STREAM or SOCK_DGRAM */
    const char *path;
    int64_t socket_permissions;
    const char *socket_owner, *socket_group; /* NULL: the master's own */
    int64_t socket_uid, socket_gid;          /* of those, where the source asked for that */
    const char *address;
    int64_t port;
    int64_t backlog;
    int64_t defer_accept_ns; /* or one of DEFER_ACCEPT_... */
    int64_t linger_ns;
    const char *service;
    int64_t requests_per_connection;
    struct number_range workers;
    int64_t spare, spare_timeout_ns; /* where workers is a range */
    int64_t max_connections_per_worker;
    int64_t max_connection_time_ns, idle_timeout_ns;
    int64_t log_connections; /* 1: log a line for each */
    bool moves_bytes;        /* the worker does: not where a program has the connection itself */
    const char *module;      /* the shared object, where the service is `module`; NULL: none */
    bool runs_module;        /* the service is */
    bool module_lets_client_speak; /* its client sends the first byte, as the check has found */
    bool runs_program;             /* the service is `program`; the keys of programs follow */
    const char *command;           /* its words, the first one absolute where it could be found */
    int64_t start;                 /* START_... */
    const char *environment;       /* words NAME=VALUE; NULL: none */
    const char *directory;
    int64_t kill_after_ns;
    int64_t max_age_ns; /* of a program that waits for its client, or is resident */
    bool is_resident;   /* the program accepts by itself; the keys of such programs follow */
    int64_t listener_descriptor;
    int64_t nonblocking; /* 1: the listener is */
    int64_t notify;      /* 1: the program says when it is ready */
    int64_t ready_after_ns;
    int64_t stop_signal;
    bool listener_blocks;   /* it is resident, and `nonblocking` is no */
    bool has_identity;      /* its processes change their user, as the master is root */
    bool is_root_unasked;   /* its programs are root's, and the configuration does not say so */
    int64_t proxy_protocol; /* PROXY_REQUIRED: each connection begins with a header */
    const char *proxy_from; /* who may send one: words, as source.h has them; NULL: none */
    const char *allow;      /* who may connect: words of the same kind; NULL: all */
    const char *deny;       /* and who may not; NULL: none */
    int64_t max_per_source, max_rate_per_source;
    int64_t sandbox;           /* SANDBOX_...; not of programs */
    int64_t no_new_privileges; /* 1: of programs, which then have a sandbox of their own */
    int64_t limit_files, limit_memory, limit_processes; /* of each process, but see the manual */
    int64_t limit_cpu_ns;                               /* of a program */
    int64_t nice;                                       /* NUMBER_UNLIMITED: the master's */
    const char *user, *group; /* of its workers and programs; NULL: the master's */
    uid_t uid;                /* where has_identity: these */
    gid_t gid, *groups;       /* and the supplementary groups, GROUP_COUNT of them */
    size_t group_count;
    const char *chroot;       /* their root directory; NULL: the master's */
    int64_t umask;            /* of programs; NUMBER_UNLIMITED: the master's */
    struct endpoint endpoint; /* of mode, type, path, address and port */
};

struct config {
    const char *name; /* of the master, in its metrics */
    int64_t stop_timeout_ns;
    const char *pid_file;        /* NULL: none */
    const char *control;         /* the control socket's path; NULL: none */
    const char *control_readers; /* who may ask there: words, as source.h has them; NULL: none */
    const char *log;             /* NULL: standard error; `stdout`, `syslog`, `none`, or a path */
    int64_t log_level;           /* enum log_level */
    int64_t log_format;          /* enum log_format */
    struct pool_config *pools;
    size_t pool_count;
    struct config_scopes *scopes; /* private: what was set where, for the dump */
    bool packed;                  /* private: one block of memory has it all (pack.h) */
};

struct config_errors;

struct config_source {
    const char *file; /* as messages name it */
    const char *path; /* the same from the root, for a master that is asked which file it runs */
    const char *const *overrides; /* KEY=VALUE or POOL.KEY=VALUE, the last one wins */
    size_t override_count;
    const char *const *services; /* valid names, ended by NULL; NULL: any */
    bool owners;  /* look up users and groups: those that socket files belong to too */
    bool regular; /* refuse a FIFO or a device, for which a read could wait */
    /* Refuse what the values ask for and cannot be had, by config_refuse_key(). NULL: nothing. */
    void (*check)(struct config *config, struct config_errors *errors);
};

/* Read SOURCE, whose file name must outlive the configuration. Relative paths are made absolute
 * from the working directory. Returns NULL on failure, with *ERRORS set to all errors, a line each,
 * to be freed. */
struct config *config_load(const struct config_source *source, char **errors);

/* Read the key control alone of SOURCE, whatever is wrong with the rest. Returns 0, and *PATH is
 * its value, to be freed, NULL where it is none or not right; -1 where SOURCE cannot be read.
 * *ERRORS has all errors, to be freed; NULL: there are none. */
int config_find_control(const struct config_source *source, char **path, char **errors);

void config_free(struct config *config);

/* Return the pool named NAME, or NULL. */
const struct pool_config *config_pool(const struct config *config, const char *name);

/* Write to TEXT where the section of the pool at INDEX begins: `FILE:LINE:COLUMN`. */
void config_print_place(const struct config *config, size_t index, char *text, size_t size);

/* Have FAILURE, of the pool at INDEX, begin with the name of the pool and of KEY, and where that is
 * set: `FILE:LINE:COLUMN`. Without KEY, or where it is not set, that is the pool's section. Returns
 * that it failed. */
MAY_FAIL config_name_place(const struct config *config, size_t index, const char *key,
                           struct failure *failure);

/* Write to TEXT where KEY, which is not at its default, is set for the pool at that INDEX, or for
 * the master. */
#define CONFIG_MASTER SIZE_MAX
void config_print_key_place(const struct config *config, size_t index, const char *key, char *text,
                            size_t size);

/* Report that the value of KEY is wrong, which holds for the pool at INDEX, or for the master. A
 * setting that several pools inherit is reported once. */
__attribute__((format(printf, 5, 6))) void config_refuse_key(struct config *config, size_t index,
                                                             const char *key,
                                                             struct config_errors *errors,
                                                             const char *format, ...);

/* Return whether something is wrong that was found so far. */
bool config_has_errors(const struct config_errors *errors);

/* Print the effective configuration in the file's own syntax, with where each value came from. */
void config_dump(const struct config *config, FILE *out);

#endif
