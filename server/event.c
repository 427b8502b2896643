/*
 * event: see event.h.
 */
#include "server/event.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"

static const struct {
    int number;
    const char *name;
} signal_names[] = {
    {SIGABRT, "SIGABRT"}, {SIGALRM, "SIGALRM"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
    {SIGHUP, "SIGHUP"},   {SIGILL, "SIGILL"},   {SIGINT, "SIGINT"},   {SIGKILL, "SIGKILL"},
    {SIGPIPE, "SIGPIPE"}, {SIGQUIT, "SIGQUIT"}, {SIGSEGV, "SIGSEGV"}, {SIGSYS, "SIGSYS"},
    {SIGTERM, "SIGTERM"}, {SIGTRAP, "SIGTRAP"}, {SIGUSR1, "SIGUSR1"}, {SIGUSR2, "SIGUSR2"},
    {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"},
};

static const char *signal_name(int number, char text[16])
{
    for (size_t i = 0; i < sizeof(signal_names) / sizeof(signal_names[0]); i++) {
        if (signal_names[i].number == number)
            return signal_names[i].name;
    }
    snprintf(text, 16, "signal %d", number);
    return text;
}

void event_ready(const char *pool, size_t workers, const struct endpoint *endpoint,
                 bool log_is_stderr)
{
    char name[ENDPOINT_TEXT_SIZE];

    endpoint_print(endpoint, name);
    /* Said at any log_level: whoever started us waits for it. */
    log_always(LOG_NOTICE, NULL, "ready: pool %s, %zu workers on %s", pool, workers, name);
    if (!log_is_stderr || log_is_json())
        log_line_stderr("ready: pool %s, %zu workers on %s", pool, workers, name);
}

void event_worker_accepts(const struct event_worker *who)
{
    log_line(LOG_DEBUG, "worker %d (pool %s, slot %zu) accepts", (int)who->pid, who->pool,
             who->slot);
}

void event_worker_ended(const struct event_worker *who, int status, uint64_t connections,
                        bool expected)
{
    enum log_level level = expected ? LOG_INFO : LOG_WARNING;
    char text[16];

    if (WIFEXITED(status))
        log_line(!expected && WEXITSTATUS(status) == 0 ? LOG_NOTICE : level,
                 "worker %d (pool %s, slot %zu) exited with status %d, %llu connections served",
                 (int)who->pid, who->pool, who->slot, WEXITSTATUS(status),
                 (unsigned long long)connections);
    else
        log_line(level, "worker %d (pool %s, slot %zu) killed by %s%s, %llu connections served",
                 (int)who->pid, who->pool, who->slot, signal_name(WTERMSIG(status), text),
                 WCOREDUMP(status) ? " (core dumped)" : "", (unsigned long long)connections);
}

void event_backoff(const char *pool, unsigned int failures, int64_t wait_ns)
{
    log_line(LOG_ERROR, "pool %s: %u workers in a row failed; the next starts in %lld s", pool,
             failures, (long long)(wait_ns / NS_PER_S));
}

void event_full(const char *pool, size_t busy, const struct queue_depth *queue)
{
    if (queue == NULL)
        log_line(LOG_WARNING, "pool %s: all %zu workers are busy, callers wait", pool, busy);
    else
        log_line(LOG_WARNING,
                 "pool %s: all %zu workers are busy, callers wait: %lld are queued, of %lld", pool,
                 busy, (long long)queue->length, (long long)queue->limit);
}

void event_full_over(const char *pool, int64_t lasted_ns)
{
    log_line(LOG_NOTICE, "pool %s: workers are free again after %.1f s", pool,
             (double)lasted_ns / (double)NS_PER_S);
}

void event_fork_failed(const char *pool, int error)
{
    log_line(LOG_ERROR, "pool %s: cannot fork a worker, trying again: %s", pool, strerror(error));
}

void event_fork_works(const char *pool)
{
    log_line(LOG_NOTICE, "pool %s: forking workers again", pool);
}

/* The first line of /proc/PID/NAME, or `?` where it cannot be read. */
static void read_proc(pid_t pid, const char *name, char text[160])
{
    char path[64];
    ssize_t got = -1;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        got = read(fd, text, 159);
        close(fd);
    }
    text[got > 0 ? got : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (text[0] == '\0')
        strcpy(text, "?");
}

/* What a worker and its caller are at. The page is copied value by value; the peer may be torn or
 * forged, and is only printed. */
static void describe(const struct event_worker *who, const struct worker_page *page, int64_t now_ns,
                     char text[640])
{
    uint64_t in = counter_read(&page->counters.bytes_in) - counter_read(&page->in_before);
    uint64_t out = counter_read(&page->counters.bytes_out) - counter_read(&page->out_before);
    int64_t began_ns = atomic_load(&page->began_ns);
    double seconds =
        began_ns < 0 || began_ns > now_ns ? 0 : (double)(now_ns - began_ns) / (double)NS_PER_S;
    char peer[ENDPOINT_TEXT_SIZE], wchan[160], syscall[160];

    scoreboard_print_peer(page, peer);
    read_proc(who->pid, "wchan", wchan);
    read_proc(who->pid, "syscall", syscall);
    snprintf(text, 640, "%s for %.1f s, %llu bytes in, %llu out; wchan %s, syscall %s", peer,
             seconds, (unsigned long long)in, (unsigned long long)out, wchan, syscall);
}

void event_late(const struct event_worker *who, const struct worker_page *page, const char *why,
                int64_t now_ns)
{
    char text[640];

    describe(who, page, now_ns, text);
    log_line(LOG_NOTICE, "worker %d (pool %s, slot %zu) is late, %s: connection cut: %s",
             (int)who->pid, who->pool, who->slot, why, text);
}

void event_unresponsive(const struct event_worker *who, const struct worker_page *page,
                        int64_t now_ns)
{
    char text[640];

    describe(who, page, now_ns, text);
    log_line(LOG_WARNING, "worker %d (pool %s, slot %zu) does not react: killed: %s", (int)who->pid,
             who->pool, who->slot, text);
}

void event_stopped_worker_killed(const struct event_worker *who, int64_t stopped_ns)
{
    log_line(LOG_WARNING, "worker %d (pool %s, slot %zu) stopped by a signal for %.1f s: killed",
             (int)who->pid, who->pool, who->slot, (double)stopped_ns / (double)NS_PER_S);
}

void event_reloaded(uint64_t generation)
{
    log_line(LOG_NOTICE, "reloaded: generation %llu", (unsigned long long)generation);
}

/* A line for each of WHY's. */
static void log_reasons(const char *what, const char *why)
{
    while (*why != '\0') {
        int length = (int)strcspn(why, "\n");

        log_line(LOG_ERROR, "%s: %.*s", what, length, why);
        why += length + (why[length] == '\n');
    }
}

void event_reload_failed(const char *why)
{
    log_reasons("not reloaded", why);
}

void event_upgrading(const char *executable, pid_t successor)
{
    log_line(LOG_NOTICE, "upgrading: process %d, %s, is to take over", (int)successor, executable);
}

void event_upgraded(pid_t successor)
{
    log_line(LOG_NOTICE, "upgraded: process %d has taken over", (int)successor);
}

void event_upgrade_failed(const char *why)
{
    log_reasons("not upgraded", why);
}

void event_successor_ended(const char *why)
{
    log_reasons("the successor has ended as well", why);
}

void event_took_over(pid_t predecessor, bool died)
{
    log_line(LOG_NOTICE, "taken over from process %d%s", (int)predecessor,
             died ? ", which died" : "");
}

void event_retired_fast(const char *pool, uint64_t generation, uint64_t busy)
{
    log_line(LOG_WARNING, "pool %s: stop_timeout is over for generation %llu: %llu connections cut",
             pool, (unsigned long long)generation, (unsigned long long)busy);
}

void event_stopping(uint64_t busy, int64_t timeout_ns)
{
    char limit[NUMBER_TEXT_SIZE] = "as long as it takes";

    if (timeout_ns != NUMBER_UNLIMITED)
        number_format_duration(timeout_ns, limit);
    log_line(LOG_NOTICE,
             "stopping: waiting for %llu connections in hand (%s%s); another signal stops at once",
             (unsigned long long)busy, timeout_ns == NUMBER_UNLIMITED ? "" : "at most ", limit);
}

void event_stopping_fast(const char *why, uint64_t busy)
{
    log_line(LOG_WARNING, "stopping now (%s): %llu connections in hand", why,
             (unsigned long long)busy);
}

void event_stopped(const char *pool, const struct totals *totals)
{
    const struct counters *sums = &totals->ended;

    log_line(LOG_NOTICE,
             "stopped: pool %s, %llu connections and %llu requests served, %llu cut, %llu refused, "
             "%llu dropped",
             pool, (unsigned long long)counter_read(&sums->accepted),
             (unsigned long long)counter_read(&sums->requests), (unsigned long long)totals->cut,
             (unsigned long long)totals->refused, (unsigned long long)counter_read(&sums->dropped));
}
