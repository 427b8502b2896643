/*
 * hostile: a service for the tests whose workers do what an attacker in control of one could do. A
 * request is one word. `serve` is answered `served`. The name of an attack is answered with the
 * worker's pid and the end of file once the attack is under way; then the worker attacks on until
 * it is killed.
 */
#include "tests/hostile/hostile.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/worker/connection/connection.h"
#include "tests/hostile/listener.h"
#include "tests/hostile/memory.h"

enum { WORD_SIZE = 32, FDS_MAX = 64 };

/* Set or clear O_NONBLOCK, which all have that share the open file description. */
static void set_blocking(int fd, bool blocks)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags >= 0)
        fcntl(fd, F_SETFL, blocks ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

/* Returns whether the master sleeps in read(2). */
static bool master_blocks_in_read(void)
{
    char path[64];
    FILE *file;
    long number = -1;

    snprintf(path, sizeof(path), "/proc/%d/syscall", (int)getppid());
    file = fopen(path, "re");
    if (file == NULL)
        return false;
    if (fscanf(file, "%ld", &number) != 1)
        number = -1; /* it runs */
    fclose(file);
    return number == SYS_read;
}

/* Read all wakeups, as a child that dies with the attacker. */
static void start_thief(const struct connection *connection)
{
    char path[64], bytes[PIPE_BUF];
    int fd;

    if (fork() != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", connection->wake_fd);
    fd = open(path, O_RDONLY | O_CLOEXEC); /* the other end of a pipe */
    if (fd < 0)
        fd = connection->wake_fd;
    while (read(fd, bytes, sizeof(bytes)) != 0)
        ;
    _exit(0);
}

/* Wake the master, and have another process read what wakes it first: a read of its own would find
 * nothing, and block. Then let it sleep. */
static void steal_wakeups(const struct connection *connection)
{
    static bool has_thief;

    set_blocking(connection->wake_fd, true);
    if (!has_thief)
        start_thief(connection);
    has_thief = true;
    for (int i = 0; i < 1000; i++) {
        connection_wake_master(connection);
        if (master_blocks_in_read())
            poll(NULL, 0, 2000);
    }
}

enum { STUFFED_MOST = 100000 };

/* Leave no room for the wakeups of others, and have them block for it. A master that reads as fast
 * as this writes leaves room for ever. */
static void stuff_wakeups(const struct connection *connection)
{
    static const uint64_t most = UINT64_MAX - 1;

    set_blocking(connection->wake_fd, false);
    for (int i = 0; i < STUFFED_MOST && write(connection->wake_fd, &most, sizeof(most)) > 0; i++)
        ;
    set_blocking(connection->wake_fd, true);
}

static void flood_wakeups(const struct connection *connection)
{
    connection_wake_master(connection);
}

/* Have workers that find no client block in accept4(2). */
static void block_listener(const struct connection *connection)
{
    (void)connection;
    for (int fd = STDERR_FILENO + 1; fd < FDS_MAX; fd++) {
        if (is_listener(fd))
            set_blocking(fd, true);
    }
}

/* Have the kernel refuse all clients. */
static void shut_listener(const struct connection *connection)
{
    (void)connection;
    for (int fd = STDERR_FILENO + 1; fd < FDS_MAX; fd++) {
        if (is_listener(fd))
            shutdown(fd, SHUT_RDWR);
    }
}

static void set_on_listeners(int level, int option, int value)
{
    for (int fd = STDERR_FILENO + 1; fd < FDS_MAX; fd++) {
        if (is_listener(fd))
            setsockopt(fd, level, option, &value, sizeof(value));
    }
}

/* Have the kernel drop all clients, by a filter that no process can take away. */
static void filter_clients(const struct connection *connection)
{
    static struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0);
    static const struct sock_fprog drop_all = {1, &all};

    (void)connection;
    for (int fd = STDERR_FILENO + 1; fd < FDS_MAX; fd++) {
        if (is_listener(fd))
            setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &drop_all, sizeof(drop_all));
    }
    set_on_listeners(SOL_SOCKET, SO_LOCK_FILTER, 1);
}

/* Do that when the file "now" is made: a worker that retires by then still has the listener. */
static void filter_later(const struct connection *connection)
{
    poll(NULL, 0, 1);
    if (access("now", F_OK) == 0)
        filter_clients(connection);
}

/* Have clients dropped because they are too far away, or at another device. */
static void raise_ttl(const struct connection *connection)
{
    (void)connection;
    set_on_listeners(IPPROTO_IP, IP_MINTTL, UINT8_MAX);
    set_on_listeners(IPPROTO_IPV6, IPV6_MINHOPCOUNT, UINT8_MAX);
}

static void leave_device(const struct connection *connection)
{
    (void)connection;
    set_on_listeners(SOL_SOCKET, SO_BINDTOIFINDEX, INT16_MAX);
}

/* Write to the log, and to whatever else there is beside the listener and the client. */
static void flood_log(const struct connection *connection)
{
    static const char line[] = "preforkd[1]: stopped: all is lost\n\1{no JSON}\n";

    for (int fd = STDERR_FILENO + 1; fd < FDS_MAX; fd++) {
        if (fd != connection->fd && fd != connection->wake_fd && !is_listener(fd) &&
            write(fd, line, sizeof(line) - 1) < 0)
            continue; /* it is full, or no such descriptor */
    }
}

/* Become another program. */
static void execute(const struct connection *connection)
{
    (void)connection;
    execl("/bin/true", "true", (char *)NULL);
}

/* Be busy and idle in turn, and have the master count each time: with the rest busy, the pool is
 * full and not. */
static void toggle(const struct connection *connection)
{
    for (uint32_t busy = 0; busy < 2; busy++) {
        atomic_store(&connection->page->connection, busy);
        atomic_store(&connection->hints->ask_at, HINT_ASKED);
        connection_wake_master(connection);
        poll(NULL, 0, 1);
    }
}

static const struct attack {
    const char *name;
    void (*strike)(const struct connection *connection);
} attacks[] = {
    {"hints", memory_hints},   {"flags", memory_flags},    {"page", memory_page},
    {"steal", steal_wakeups},  {"stuff", stuff_wakeups},   {"flood", flood_wakeups},
    {"block", block_listener}, {"log", flood_log},         {"shut", shut_listener},
    {"toggle", toggle},        {"filter", filter_clients}, {"ttl", raise_ttl},
    {"device", leave_device},  {"later", filter_later},    {"execute", execute},
    {"random", memory_random},
};

static const struct attack *find_attack(const char *word)
{
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        if (strcmp(attacks[i].name, word) == 0)
            return &attacks[i];
    }
    return NULL;
}

static _Noreturn void attack_on(const struct connection *connection, const struct attack *attack)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%d\n", (int)getpid());

    attack->strike(connection);
    if (write(connection->fd, text, (size_t)length) < 0)
        _exit(1);
    shutdown(connection->fd, SHUT_WR);
    for (;;)
        attack->strike(connection);
}

static void hostile_stream(struct preforkd_connection *handle,
                           const struct preforkd_operations *ops)
{
    char word[WORD_SIZE];
    size_t size;

    while ((size = ops->request(handle, word, sizeof(word) - 1)) > 0) {
        const struct attack *attack;

        word[size] = '\0';
        word[strcspn(word, "\n")] = '\0';
        attack = find_attack(word);
        if (attack != NULL)
            attack_on(service_connection(handle), attack);
        if (ops->answer(handle, "served", sizeof("served") - 1) < 0)
            return;
    }
}

const struct preforkd_service service_hostile = {
    .abi = PREFORKD_ABI,
    .client_speaks_first = true,
    .start = memory_start,
    .stream = hostile_stream,
};
