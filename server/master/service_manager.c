/*
 * service_manager: see service_manager.h.
 */
#include "server/master/service_manager.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"

/* What a stop takes after stop_timeout: the workers are killed and reaped. */
#define FAST_STOP_WITHIN_NS (5 * NS_PER_S)

/* Returns half of the time after which the manager would take a silent service for dead
 * (sd_watchdog_enabled(3)); 0 where it does not watch this process. */
static int64_t find_interval_ns(void)
{
    const char *interval = getenv("WATCHDOG_USEC"), *pid_text = getenv("WATCHDOG_PID");
    int64_t us, pid;

    if (interval == NULL || number_parse_integer(interval, 1, INT64_MAX / NS_PER_US, &us) != NULL)
        return 0;
    if (pid_text != NULL &&
        (number_parse_integer(pid_text, 1, INT32_MAX, &pid) != NULL || pid != getpid()))
        return 0;
    return us * NS_PER_US / 2;
}

void service_manager_open(struct service_manager *manager)
{
    const char *path = getenv("NOTIFY_SOCKET"), *reason = NULL;

    *manager = (struct service_manager){.fd = -1};
    if (path == NULL || path[0] == '\0')
        return;
    if (path[0] != '/' && path[0] != '@')
        reason = "is neither a path nor an abstract name";
    else
        reason = endpoint_set_path(&manager->endpoint, path, SOCK_DGRAM);
    if (reason != NULL) {
        warnx("NOTIFY_SOCKET '%.100s' %s: ignored", path, reason);
        return;
    }
    manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (manager->fd < 0)
        warn("cannot make a socket for the service manager");
    manager->alive_every_ns = find_interval_ns();
}

void service_manager_close(struct service_manager *manager)
{
    if (manager->fd >= 0)
        close(manager->fd);
    manager->fd = -1;
}

/* Of failures in a row the first is logged: the watchdog's come several times a second. */
__attribute__((format(printf, 2, 3))) static void report(struct service_manager *manager,
                                                         const char *format, ...)
{
    char message[256];
    va_list arguments;
    int length;

    if (manager->fd < 0)
        return;
    va_start(arguments, format);
    length = vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (sendto(manager->fd, message, (size_t)length, MSG_NOSIGNAL, &manager->endpoint.address.any,
               manager->endpoint.length) >= 0) {
        manager->has_failed = false;
        return;
    }
    if (!manager->has_failed)
        warn("cannot send the service manager '%s'", message);
    manager->has_failed = true;
}

void service_manager_ready(struct service_manager *manager, size_t pools, size_t workers)
{
    manager->is_reported = manager->is_watching = true;
    manager->alive_due_ns = 0;
    report(manager, "READY=1\nMAINPID=%d\nSTATUS=%zu workers in %zu pool%s accept", (int)getpid(),
           workers, pools, pools == 1 ? "" : "s");
}

void service_manager_reloading(struct service_manager *manager)
{
    if (!manager->is_reported)
        return;
    manager->is_reported = false;
    report(manager, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reloading",
           clock_now_ns() / NS_PER_US);
}

void service_manager_stopping(struct service_manager *manager, int64_t timeout_ns,
                              int64_t kill_after_ns)
{
    if (timeout_ns == NUMBER_UNLIMITED)
        report(manager, "STOPPING=1\nSTATUS=stopping");
    else
        report(manager, "STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=%" PRId64,
               (timeout_ns + kill_after_ns + FAST_STOP_WITHIN_NS) / NS_PER_US);
}

void service_manager_successor(struct service_manager *manager, pid_t successor)
{
    report(manager, "MAINPID=%d", (int)successor);
    service_manager_close(manager);
}

int64_t service_manager_alive(struct service_manager *manager, int64_t now_ns)
{
    if (manager->fd < 0 || !manager->is_watching || manager->alive_every_ns == 0)
        return NEVER_NS;
    if (now_ns < manager->alive_due_ns)
        return manager->alive_due_ns;
    report(manager, "WATCHDOG=1");
    manager->alive_due_ns = now_ns + manager->alive_every_ns;
    return manager->alive_due_ns;
}
