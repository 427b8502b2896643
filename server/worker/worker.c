/*
 * worker: see worker.h.
 */
#include "server/worker/worker.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/descriptors.h"
#include "common/log.h"
#include "common/number.h"
#include "common/process_title.h"
#include "common/status.h"
#include "common/text.h"
#include "server/program/limits.h"
#include "server/service/module/module.h"
#include "server/worker/accept.h"
#include "server/worker/connection/access.h"
#include "server/worker/connection/connection.h"
#include "server/worker/connection/proxied.h"
#include "server/worker/connection/source_limit.h"
#include "server/worker/loading.h"
#include "server/worker/oom.h"
#include "server/worker/privileges.h"
#include "server/worker/sandbox/sandbox.h"
#include "server/worker/sandbox/sanitizer.h"
#include "server/worker/signals.h"

enum { TITLE_SIZE = 128 };

/* Close what is the master's: its epoll, its locks, the control socket, the listeners of other
 * pools. A worker that held them would keep addresses and locks in use after the master's death. */
static void close_descriptors_of_master(const struct worker_job *job)
{
    const int kept[] = {job->listener_fd, job->module_fd, job->lifeline_fd, job->wake_fd,
                        job->log.fd};

    descriptors_close_others(kept, sizeof(kept) / sizeof(kept[0]));
}

/* What a worker prints, libc's last words as well, is a line of its pool's log, and nothing that it
 * reads is the master's: a terminal, a socket or a file of the operator's. What AddressSanitizer
 * finds stays on standard error, which is where it is looked for. */
static void leave_standard_descriptors(const struct worker *worker)
{
    int last = HAS_SANITIZER ? STDOUT_FILENO : STDERR_FILENO;

    for (int fd = STDIN_FILENO; fd <= last; fd++) {
        if (dup2(worker->job.log.fd, fd) < 0)
            worker_give_up(worker, "cannot leave the master's standard input and output");
    }
}

static void set_name(const struct worker_job *job)
{
    char name[16] = "preforkd:", title[TITLE_SIZE] = "preforkd: pool ";

    text_append(name, sizeof(name), job->config->name);
    prctl(PR_SET_NAME, name);
    text_append(title, sizeof(title), job->config->name);
    text_append(title, sizeof(title), ", worker ");
    text_append_number(title, sizeof(title), (int64_t)job->slot);
    process_title_copy(title);
}

static void set_limits(const struct worker *worker)
{
    char limit[LIMITS_TEXT_SIZE], text[sizeof("cannot ") + LIMITS_TEXT_SIZE] = "cannot ";

    if (limits_set(worker->job.config, limit) == NULL)
        return;
    text_append(text, sizeof(text), limit);
    worker_give_up(worker, text);
}

/* From here on this process is no longer root, if it was, and cannot be it again. */
static void take_privileges(struct worker *worker)
{
    const struct worker_job *job = &worker->job;
    struct failure failure = FAILURE_UNSAID;

    if (loading_begin(job->config, job->module_fd, job->master, &worker->bytes, &failure) != NULL ||
        privileges_take(job->config, &failure) != NULL)
        worker_refuse(worker, failure.message);
}

/* Exit where the master is not the parent: it has died, or a module has forked this process. */
static void leave_strangers(const struct worker *worker)
{
    if (getppid() != worker->job.master)
        _exit(STATUS_OK);
}

/* Have the kernel send SIGNAL_CLOSE_LISTENER when the master dies. A change of credentials clears
 * that, so this comes after the last one. A master that died before is no longer the parent. */
static void follow_master(const struct worker *worker)
{
    if (prctl(PR_SET_PDEATHSIG, SIGNAL_CLOSE_LISTENER) < 0)
        worker_give_up(worker, "cannot ask for a signal at the master's death");
    leave_strangers(worker);
}

/* Choose after how many connections the worker asks for a replacement: max_connections_per_worker,
 * less up to a tenth of it. Without that, workers that were forked together would be replaced
 * together. */
static int64_t choose_connections(const struct worker *worker)
{
    return number_vary(worker->job.config->max_connections_per_worker, clock_now_ns(), getpid());
}

static bool admits(const struct connection *connection)
{
    return access_admits_datagram(connection) && source_limit_admits_datagram(connection);
}

/* Prepare what decides whether a stream is served, the rules and then its source's limits, or a
 * datagram. */
static void choose_limits(struct worker *worker)
{
    const struct worker_job *job = &worker->job;

    worker->serve = connection_serve;
    if (job->sources.pages != NULL) {
        source_limit_begin(&job->sources, job->config, &worker->connection);
        worker->serve = source_limit_serve;
        worker->connection.admits = source_limit_admits_datagram;
    }
    if (job->access != NULL) {
        access_begin(job->access, job->config, worker->serve);
        worker->serve = access_serve;
        worker->connection.admits = job->sources.pages == NULL ? access_admits_datagram : admits;
    }
}

/* Prepare what comes between accept and the service: a PROXY header, then these. */
static void choose_serve(struct worker *worker)
{
    const struct pool_config *config = worker->job.config;

    choose_limits(worker);
    if (config->proxy_protocol != PROXY_REQUIRED)
        return;
    if (proxied_begin(config, worker->serve) < 0)
        worker_give_up(worker, "cannot prepare for the PROXY protocol");
    worker->serve = proxied_serve;
}

/* Load the module of the pool, if that has not happened yet, and start it. It may have changed what
 * signals do, or blocked some, or return in a process more than was there. What stdio would keep
 * of standard output, a pipe, would be lost at the end: _exit(2) writes nothing. */
static void start_module(struct worker *worker)
{
    const struct pool_config *config = worker->job.config;
    struct failure failure = FAILURE_UNSAID;
    const struct failed *failed;

    setvbuf(stdout, NULL, _IOLBF, 0);
    failed = loading_finish(config, worker->job.module_fd, &worker->bytes, &failure);
    if (failed == NULL)
        failed = module_start(config, worker->bytes, &worker->connection.ops->bytes, &failure);
    leave_strangers(worker);
    if (failed != NULL)
        worker_refuse(worker, failure.message);
    connection_set_module(&worker->connection, worker->bytes);
    signals_begin(worker);
}

static void start_bytes(const struct worker *worker)
{
    const char *reason = NULL;

    if (worker->bytes->start != NULL)
        reason = worker->bytes->start(&worker->connection.ops->bytes, worker->job.config->name);
    if (reason != NULL)
        worker_refuse(worker, reason);
}

static void begin_service(struct worker *worker)
{
    const struct service *service = worker->job.service;

    if (worker->job.config->runs_module)
        start_module(worker);
    else if (worker->bytes != NULL)
        start_bytes(worker);
    else if (service->begin != NULL && service->begin(worker->job.config) < 0)
        worker_give_up(worker, "cannot prepare to run programs");
}

/* The last step that may still do anything. The programs of a worker have its sandbox, so it comes
 * before the first of them is started. */
static void enter_sandbox(const struct worker *worker)
{
    if (sandbox_enter(worker->job.sandbox, worker->job.listener_fd) < 0)
        worker_give_up(worker, "cannot enter the sandbox");
}

/* Have the service prepare for the first connection. */
static void prepare_service(const struct worker *worker)
{
    const struct service *service = worker->job.service;

    if (service->idle == NULL)
        return;
    if (accept_watch(worker, service->idle->descriptor()) < 0)
        worker_give_up(worker, "cannot watch a program with epoll");
    accept_prepare(worker);
}

/* Have the service undo what it has prepared. That may take a while, in which the listener is not
 * to be held open. */
static void end_service(struct worker *worker)
{
    const struct idle_ops *idle = worker->job.service->idle;
    void (*stop)(void) = worker->bytes == NULL ? NULL : worker->bytes->stop;
    int fd = worker->listener_fd;

    if (idle == NULL && stop == NULL)
        return;
    worker->listener_fd = -1;
    if (fd >= 0)
        close(fd);
    if (idle != NULL)
        idle->end();
    if (stop == NULL)
        return;
    atomic_store(&worker->job.page->stopping, 1);
    connection_wake_master(&worker->connection);
    stop();
}

void worker_run(const struct worker_job *job)
{
    static struct worker worker = {.epoll_fd = -1}; /* in .data, as signals.c has it */

    log_open(&job->log);
    oom_go_first();
    close_descriptors_of_master(job);
    worker.job = *job;
    worker.listener_fd = job->listener_fd;
    worker.bytes = job->service->bytes;
    connection_init(&worker.connection, job->config, job->service, job->page, job->hints, job->slot,
                    job->wake_fd);
    signals_begin(&worker);
    leave_standard_descriptors(&worker);
    set_name(job);
    set_limits(&worker);
    take_privileges(&worker);
    follow_master(&worker);
    if (accept_open(&worker) < 0)
        worker_give_up(&worker, "cannot create an epoll");
    choose_serve(&worker);
    begin_service(&worker);
    enter_sandbox(&worker);
    prepare_service(&worker);
    worker.connections_left = choose_connections(&worker);
    atomic_store(&job->page->ready, 1);
    connection_wake_master(&worker.connection);
    accept_loop(&worker);
    end_service(&worker);
    _exit(STATUS_OK);
}
