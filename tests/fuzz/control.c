/*
 * Fuzz target: any bytes from a client of the control socket, in two pieces, served by the code of
 * the master up to the functions that act, which this file has in their place: at most one acts,
 * for a whole line alone, with a number in its range; and the reply is one of the protocol.
 *
 * An input is a byte that says how long the first piece is, then both.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/control_protocol.h"
#include "common/log.h"
#include "server/control/client.h"
#include "server/control/diff.h"
#include "server/control/source_list.h"
#include "server/control/status.h"
#include "server/master/master.h"
#include "server/master/stop.h"
#include "server/pool/scaling.h"
#include "server/upgrade/upgrade.h"
#include "tests/fuzz/fuzz.h"

enum { WORKERS_MIN = 3, WORKERS_MAX = 70, REPLY_SIZE = 1 << 16, ROUNDS = 16 };

static size_t acts;      /* how often something was done */
static enum right right; /* of the client */

bool rights_find(int fd, const struct access_table *readers, struct refusals *refusals,
                 struct peer *peer, struct reply *reply)
{
    (void)fd;
    (void)readers;
    (void)refusals;
    (void)reply;
    peer->right = right;
    return true;
}

void rights_log_refusal(struct refusals *refusals, const struct peer *peer, const char *command)
{
    (void)refusals;
    (void)peer;
    must(command != NULL && right == RIGHT_ASK, "a reader alone is refused a command");
}

void stop_request(struct master *master, int64_t now_ns)
{
    (void)now_ns;
    master->phase = PHASE_STOPPING;
    acts++;
}

void stop_fast(struct master *master, const char *why)
{
    (void)why;
    must(master->phase == PHASE_STOPPING, "a fast stop is a stop");
}

void reload_request(struct master *master, int64_t now_ns)
{
    (void)master;
    (void)now_ns;
    acts++;
}

void upgrade_request(struct upgrade *upgrade, int64_t now_ns)
{
    (void)upgrade;
    (void)now_ns;
    acts++;
}

int takeover_reopen_logs(const struct takeover *takeover)
{
    (void)takeover;
    acts++;
    return 0;
}

struct number_range pool_worker_range(const struct pool_config *config)
{
    (void)config;
    return (struct number_range){WORKERS_MIN, WORKERS_MAX};
}

void scaling_set(struct pool *pool, int64_t workers)
{
    must(workers >= WORKERS_MIN && workers <= WORKERS_MAX, "a number in its range");
    pool->target = (size_t)workers;
    acts++;
}

struct pool *master_pool_at(const struct master *master, size_t index)
{
    struct pool *pool = master->pools;

    while (pool != NULL && index-- > 0)
        pool = pool->next;
    return pool;
}

struct pool *master_find_pool(const struct master *master, const char *name)
{
    for_each_pool (pool, master) {
        if (strcmp(pool->config->name, name) == 0)
            return pool;
    }
    return NULL;
}

void status_print_master(const struct master *master, struct reply *reply)
{
    (void)master;
    reply_print(reply, "pid 1");
}

void status_print_pool(const struct master *master, size_t index, struct reply *reply)
{
    const struct pool *pool = master_pool_at(master, index);

    must(pool != NULL, "a pool that there is");
    reply_print(reply, "pool %s", pool->config->name);
}

size_t status_print_workers(const struct master *master, size_t index, size_t from,
                            struct reply *reply)
{
    status_print_pool(master, index, reply);
    return from < 2 ? from + 1 : 0;
}

size_t source_list_print(const struct master *master, size_t index, size_t from,
                         struct reply *reply)
{
    return status_print_workers(master, index, from, reply);
}

MAY_FAIL config_reader_begin(struct config_reader *reader, const struct config_source *source,
                             int64_t now_ns, struct failure *failure)
{
    (void)reader;
    (void)source;
    (void)now_ns;
    return fail(failure, STATUS_SYSTEM, "there are\ntwo reasons");
}

int64_t config_reader_continue(struct config_reader *reader, int64_t now_ns)
{
    (void)reader;
    (void)now_ns;
    return NEVER_NS;
}

bool config_reader_take(struct config_reader *reader, struct config **config, char **why)
{
    (void)reader;
    (void)config;
    (void)why;
    return false;
}

void config_reader_cancel(struct config_reader *reader)
{
    (void)reader;
}

char *diff_print(const struct master *master, const struct config *config, char **why)
{
    (void)master;
    (void)config;
    (void)why;
    return NULL;
}

/* A master in charge of two pools, and one client, whose other end is FD. */
static struct {
    struct pool_config web_config, mail_config;
    struct config config;
    struct config_source source;
    struct pool web, mail;
    struct takeover takeover;
    struct master master;
    struct upgrade upgrade;
    struct event_loop loop;
    struct control control;
    struct control_client client;
    int fd;
} self = {.loop = EVENT_LOOP_CLOSED};

static void begin(void)
{
    static const struct pool_kind kind = {.noun = "worker"};
    const struct peer peer = {.right = right};
    int fds[2];

    log_open(&(struct log_target){.fd = -1, .level = LOG_ERROR});
    acts = 0;
    self.config = (struct config){.pool_count = 2, .log = "/l"};
    self.source = (struct config_source){.path = "/c"};
    self.upgrade = (struct upgrade){.master = &self.master, .takeover = &self.takeover};
    self.master = (struct master){
        .source = &self.source, .config = &self.config, .pools = &self.web, .role = ROLE_IN_CHARGE};
    self.web_config.name = "web";
    self.mail_config.name = "mail";
    self.web.config = &self.web_config;
    self.web.kind = self.mail.kind = &kind;
    self.web.next = &self.mail;
    self.mail.config = &self.mail_config;
    if (self.loop.epoll_fd < 0)
        must(event_loop_open(&self.loop) == 0, "there is an epoll");
    self.control =
        (struct control){.loop = &self.loop, .master = &self.master, .upgrade = &self.upgrade};
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0, "sockets");
    self.fd = fds[0];
    control_client_begin(&self.client, &self.control, fds[1], &peer);
}

/* Send SIZE BYTES, and let the master have them. */
static void send_piece(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return;
    send(self.fd, bytes, size, MSG_NOSIGNAL);
    event_loop_wait(&self.loop, 0);
}

/* End what the client waits for, if it does, with or without SUCCESS. */
static void end_command(bool success)
{
    if (!self.client.answering || self.client.command.waits_for == COMMANDS)
        return;
    if (self.client.command.waits_for != COMMAND_STOP) {
        control_client_report(&self.client, success ? NULL : "one\ntwo\n");
        return;
    }
    control_client_report_stop(&self.client);
    control_client_hang_up(&self.client);
}

/* Receive the whole REPLY. Returns its length. */
static size_t receive(char reply[REPLY_SIZE], bool success)
{
    size_t length = 0;
    ssize_t got;

    shutdown(self.fd, SHUT_WR);
    for (int round = 0; round < ROUNDS && self.control.count > 0; round++) {
        end_command(success);
        event_loop_wait(&self.loop, 0);
    }
    while ((got = recv(self.fd, reply + length, REPLY_SIZE - length - 1, 0)) > 0)
        length += (size_t)got;
    must(length < REPLY_SIZE - 1, "a reply has an end");
    reply[length] = '\0';
    return length;
}

static bool ends_with(const char *text, size_t length, const char *end)
{
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* A refusal is `error STATUS WHY` alone, and does nothing; else there is `ok`, then lines, then
 * `end`. */
static void check_reply(const char *reply, size_t length, bool has_line)
{
    must(strlen(reply) == length, "a reply is text");
    must(length == 0 || ends_with(reply, length, "\n"), "of whole lines");
    if (strncmp(reply, "error ", strlen("error ")) == 0) {
        must(strchr(reply, '\n') == reply + length - 1, "a refusal is one line");
        must(strtol(reply + strlen("error "), NULL, 10) > 0, "with an exit status");
        must(acts == 0, "and does nothing");
    } else if (length > 0) {
        must(has_line, "only a whole line is obeyed");
        must(strncmp(reply, "ok\n", strlen("ok\n")) == 0, "it begins with ok");
        must(ends_with(reply, length, "\nend\n"), "it ends with end");
        must(strstr(reply, "\nend\n") == reply + length - strlen("\nend\n"), "which comes once");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char reply[REPLY_SIZE];
    struct input input = {bytes, size};
    size_t first = take_byte(&input), length, line = input.size;
    bool has_line;

    if (first > input.size)
        first = input.size;
    if (line > COMMAND_SIZE)
        line = COMMAND_SIZE;
    has_line = line > 0 && memchr(input.bytes, '\n', line) != NULL;
    right = size % 3 == 0 ? RIGHT_ASK : RIGHT_COMMAND;
    begin();
    send_piece(input.bytes, first);
    send_piece(input.bytes + first, input.size - first);
    length = receive(reply, size % 2 == 0);
    must(self.control.count == 0 && self.client.control == NULL, "the client is served");
    must(length > 0 || (!has_line && line < COMMAND_SIZE), "a line gets its reply");
    check_reply(reply, length, has_line);
    must(acts <= (right == RIGHT_COMMAND), "one line acts once, and that of a reader never");
    close(self.fd);
    return 0;
}
