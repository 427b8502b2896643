/*
 * signal_storm MASTER PER_S MS EVERY_MS: send signals to MASTER and its children, and to the
 * masters that take over from it and theirs: so many a second for so long, each a random one of
 * HUP, USR1 and CHLD to a random process; every EVERY_MS also a USR2 to each of the newest master
 * and one of its children. Prints `SENT signals in MS ms to PROCESSES processes, UPGRADES upgrades
 * asked for`.
 *
 * A process is signalled by its pidfd, and only after its parent was seen to be such a master: a
 * process number that comes again is no other process's signal. Signals are counted where they were
 * sent: for one to a process that has ended another is chosen. What a pause of the machine's kept
 * back is made up for.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/helpers/master.h"

enum { FAMILY_MAX = 512, CHILDREN_MAX = 256, LOOK_MS = 20 };

/* The numbers of all architectures, which libc's headers may not have. */
enum { PIDFD_SEND_SIGNAL = 424, PIDFD_OPEN = 434 };

struct member {
    pid_t pid;
    int fd;
    bool is_master;
};

static struct {
    struct member at[FAMILY_MAX];
    int count;
} family; /* the masters, the oldest first, and their children */

static struct {
    int64_t signals, upgrades, processes;
} sent;

static pid_t parent_of(pid_t pid)
{
    char path[64];
    int parent = -1;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (file == NULL)
        return -1;
    if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
        parent = -1;
    fclose(file);
    return parent;
}

static bool has_ended(const struct member *member)
{
    struct pollfd end = {.fd = member->fd, .events = POLLIN};

    return poll(&end, 1, 0) == 1;
}

static struct member *find(pid_t pid)
{
    for (int i = 0; i < family.count; i++) {
        if (family.at[i].pid == pid)
            return &family.at[i];
    }
    return NULL;
}

/* PID belongs to the family if its parent is PARENT; 0: it was given. */
static void add(pid_t pid, pid_t parent, bool is_master)
{
    struct member *known = find(pid);
    int fd;

    if (known != NULL)
        known->is_master |= is_master;
    if (known != NULL || family.count == FAMILY_MAX)
        return;
    fd = (int)syscall(PIDFD_OPEN, pid, 0);
    if (fd < 0 || (parent != 0 && parent_of(pid) != parent)) {
        if (fd >= 0)
            close(fd);
        return;
    }
    family.at[family.count++] = (struct member){pid, fd, is_master};
    sent.processes++;
}

/* Forget those that have ended, and look for new ones. A child of a child is a master's successor,
 * whose parent is the launcher. */
static void look_round(void)
{
    pid_t children[CHILDREN_MAX], successor;
    int kept = 0, masters;

    for (int i = 0; i < family.count; i++) {
        if (has_ended(&family.at[i]))
            close(family.at[i].fd);
        else
            family.at[kept++] = family.at[i];
    }
    family.count = masters = kept;
    for (int i = 0; i < masters; i++) {
        pid_t master = family.at[i].pid;
        int count = family.at[i].is_master ? master_children(master, children, CHILDREN_MAX) : 0;

        for (int child = 0; child < count; child++) {
            add(children[child], master, false);
            if (master_children(children[child], &successor, 1) == 1)
                add(successor, children[child], true);
        }
    }
}

/* Return whether it was sent; if not, MEMBER has ended. */
static bool send_to(const struct member *member, int number)
{
    if (syscall(PIDFD_SEND_SIGNAL, member->fd, number, NULL, 0) == 0) {
        sent.signals++;
        return true;
    }
    if (errno != ESRCH)
        die(STATUS_SYSTEM, "cannot send %d to %d", number, (int)member->pid);
    return false;
}

static struct member *choose(void)
{
    if (family.count == 0)
        diex(STATUS_FAILED, "no process is left");
    return &family.at[random() % family.count];
}

static void forget(struct member *member)
{
    struct member *end = &family.at[family.count--];

    close(member->fd);
    memmove(member, member + 1, (size_t)(end - member - 1) * sizeof(*member));
}

static void send_one(void)
{
    static const int numbers[] = {SIGHUP, SIGUSR1, SIGCHLD};
    int number = numbers[random() % 3];
    struct member *member;

    while (!send_to(member = choose(), number))
        forget(member);
}

static void upgrade(void)
{
    const struct member *newest = NULL, *child = choose();

    for (int i = 0; i < family.count; i++) {
        if (family.at[i].is_master)
            newest = &family.at[i];
    }
    if (newest == NULL)
        diex(STATUS_FAILED, "no master is left");
    send_to(newest, SIGUSR2);
    sent.upgrades++;
    if (!child->is_master)
        send_to(child, SIGUSR2);
}

/* Send all that are due by now, and return the time at which none is due. */
static int64_t catch_up(int64_t per_s, int64_t began_ns)
{
    int64_t now_ns;

    while (now_ns = clock_now_ns(),
           sent.signals < (now_ns - began_ns) / NS_PER_US * per_s / (NS_PER_S / NS_PER_US))
        send_one();
    return now_ns;
}

static void storm(int64_t per_s, int64_t for_ns, int64_t every_ns)
{
    int64_t began_ns = clock_now_ns(), upgrade_ns = began_ns + every_ns / 2, now_ns = began_ns;
    int64_t look_ns = 0;

    while (now_ns < began_ns + for_ns) {
        if (now_ns >= look_ns) {
            look_round();
            look_ns = now_ns + LOOK_MS * NS_PER_MS;
        }
        if (now_ns >= upgrade_ns) {
            upgrade();
            upgrade_ns = now_ns + every_ns;
        }
        poll(NULL, 0, 1);
        now_ns = catch_up(per_s, began_ns);
    }
    printf("%lld signals in %lld ms to %lld processes, %lld upgrades asked for\n",
           (long long)sent.signals, (long long)((now_ns - began_ns) / NS_PER_MS),
           (long long)sent.processes, (long long)sent.upgrades);
}

int main(int argc, char **argv)
{
    log_init("signal_storm");
    if (argc != 5)
        diex(STATUS_USAGE, "signal_storm MASTER PER_S MS EVERY_MS");
    srandom((unsigned int)getpid());
    add((pid_t)atoi(argv[1]), 0, true);
    storm(atoll(argv[2]), atoll(argv[3]) * NS_PER_MS, atoll(argv[4]) * NS_PER_MS);
    return 0;
}
