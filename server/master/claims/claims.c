/*
 * claims: see claims.h.
 */
#include "server/master/claims/claims.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "server/log/destination.h"
#include "server/master/claims/pidfile.h"
#include "server/net/listener_open.h"

/* With readers, who connects is a question for the process that accepts, not for the file. */
enum { CONTROL_BACKLOG = 128, CONTROL_MODE = 0600, CONTROL_MODE_READERS = 0666 };

/* Have FAILURE say where KEY is set. Returns that it failed. */
static MAY_FAIL name_place(const struct config *config, const char *key, struct failure *failure)
{
    struct failure cause = *failure;
    char place[PATH_MAX];

    config_print_key_place(config, CONFIG_MASTER, key, place, sizeof(place));
    return fail(failure, cause.status, "%s: %s", place, cause.message);
}

/* Returns the control socket that exists where CONTROL wants one, or NULL. */
static struct listener *find_control(struct claims_there there, const struct pool_config *control)
{
    if (there.control != NULL && endpoint_equal(&there.control->endpoint, &control->endpoint))
        return there.control;
    return inherited_find_control(there.inherited, control);
}

/* Return the control socket of CONFIG as a pool, without its endpoint. */
static struct pool_config describe_control(const struct config *config)
{
    return (struct pool_config){
        .name = "control",
        .mode = MODE_UNIX,
        .type = SOCK_STREAM,
        .path = config->control,
        .socket_permissions = config->control_readers == NULL ? CONTROL_MODE : CONTROL_MODE_READERS,
        .backlog = CONTROL_BACKLOG,
        .moves_bytes = true,
        .allow = config->control_readers};
}

static MAY_FAIL open_control(struct claims *claims, struct claims_there there, int64_t patience_ns,
                             struct failure *failure)
{
    struct pool_config control = describe_control(claims->config);
    struct listener *found;
    const char *reason;

    if (control.path == NULL)
        return NULL;
    if (access_table_create(&control, &claims->readers) < 0)
        return fail(failure, STATUS_SYSTEM, "no memory for control_readers: %s", strerror(errno));
    reason = endpoint_set_path(&control.endpoint, control.path, SOCK_STREAM);
    if (reason != NULL)
        return fail(failure, STATUS_CANNOT_CREATE, "the control socket %s %s", control.path,
                    reason);
    found = find_control(there, &control);
    return found != NULL ? listener_share(found, &control, false, &claims->control, failure)
                         : listener_open(&control, false, patience_ns, &claims->control, failure);
}

MAY_FAIL claims_open(struct claims *claims, struct claims_there there, const struct config *config,
                     int64_t patience_ns, struct failure *failure)
{
    const char *key = NULL;

    *claims = (struct claims){.config = config, .log_fd = -1};
    if (log_destination_open(config->log, &claims->log_fd, failure) != NULL)
        key = "log";
    else if (open_control(claims, there, patience_ns, failure) != NULL)
        key = "control";
    else if (pidfile_draft(config->pid_file, failure) != NULL)
        key = "pid_file";
    if (key == NULL)
        return NULL;
    claims_close(claims);
    return name_place(config, key, failure);
}

void claims_put_in_force(struct claims *claims, struct log_sink *log, struct listener **control,
                         struct access_table **readers)
{
    const struct config *config = claims->config;

    log_sink_change(log, claims->log_fd, config->log, (enum log_level)config->log_level,
                    (enum log_format)config->log_format);
    if (*control != NULL)
        listener_drop(*control);
    *control = claims->control;
    access_table_destroy(*readers);
    *readers = claims->readers;
    *claims = (struct claims){.log_fd = -1};
}

void claims_adjust_control(const struct config *config, struct listener *control)
{
    const struct pool_config as_pool = describe_control(config);

    if (control != NULL)
        listener_adjust(control, &as_pool, false);
}

void claims_close(struct claims *claims)
{
    if (claims->config == NULL)
        return;
    log_destination_close(claims->log_fd);
    if (claims->control != NULL)
        listener_drop(claims->control);
    access_table_destroy(claims->readers);
    pidfile_discard(claims->config->pid_file, getpid());
    *claims = (struct claims){.log_fd = -1};
}
