/*
 * trial: a module that misbehaves: where it is loaded or started by the name of its file, NAME.so
 * (tests copy it), and where it serves by the word that its client sends.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <preforkd/service.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

static char name[64];
static int file = -1; /* opened at the start */
static const struct preforkd_operations *at_start;
static bool sticks; /* its stop() will not return */
static bool reads;  /* a descriptor that was there before it leads to a secret */
static char path[4096];

/* What the constructor changes. */
static struct preforkd_service service;

static void find_name(void)
{
    Dl_info info;
    const char *base;

    if (dladdr(&service, &info) == 0 || info.dli_fname == NULL)
        return;
    snprintf(path, sizeof(path), "%s", info.dli_fname);
    base = strrchr(info.dli_fname, '/');
    snprintf(name, sizeof(name), "%s", base == NULL ? info.dli_fname : base + 1);
    name[strcspn(name, ".")] = '\0';
}

static bool is_called(const char *word)
{
    return strcmp(name, word) == 0;
}

static __attribute__((noreturn)) void crash(void)
{
    signal(SIGSEGV, SIG_DFL); /* a sanitizer would report it as a mistake of its own */
    raise(SIGSEGV);
    _exit(1);
}

static __attribute__((noreturn)) void block(void)
{
    for (;;)
        pause();
}

static void *do_nothing(void *context)
{
    pause();
    return context;
}

static void start_thread(void)
{
    pthread_t thread;

    pthread_create(&thread, NULL, do_nothing, NULL);
}

/* Ignore what retires a worker and what ends a connection, block all, and let SIGPIPE kill. */
static void change_signals(void)
{
    sigset_t all;

    signal(SIGTERM, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

/* Return whether FD leads to a file that can be read, and that begins with a secret. */
static bool leads_to_secret(int fd)
{
    char fd_path[32], bytes[6];
    struct stat status;
    bool is_one;
    int opened;

    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return false;
    snprintf(fd_path, sizeof(fd_path), "/proc/self/fd/%d", fd);
    opened = open(fd_path, O_RDONLY | O_CLOEXEC);
    is_one = opened >= 0 && read(opened, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes) &&
             memcmp(bytes, "secret", sizeof(bytes)) == 0;
    if (opened >= 0)
        close(opened);
    return is_one;
}

static void look_for_secrets(void)
{
    for (int fd = 3; fd < 64; fd++)
        reads = reads || leads_to_secret(fd);
}

/* Replace the file of this module by NAME.next, if that is there, as in the trial. */
static void swap(void)
{
    char next[sizeof(path) + sizeof(".next")];

    snprintf(next, sizeof(next), "%s.next", path);
    rename(next, path);
}

static __attribute__((constructor)) void construct(void)
{
    find_name();
    if (is_called("exit"))
        _exit(0);
    if (is_called("crash"))
        crash();
    if (is_called("loop"))
        block();
    if (is_called("root") && setuid(0) == 0)
        service.abi = -2;
    if (is_called("abi"))
        service.abi = -1;
    if (is_called("neither")) {
        service.stream = NULL;
        service.datagram = NULL;
    }
    if (is_called("early"))
        change_signals();
    if (is_called("reads"))
        look_for_secrets();
}

/* Have a process fill the memory that this one shares with its parent, for a while, and crash. */
static __attribute__((noreturn)) void scribble(void)
{
    const struct itimerval end = {.it_value = {.tv_usec = 300000}};
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[256];
    uintptr_t from = 0, to = 0;

    while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
        if (strstr(line, " rw-s ") != NULL && strstr(line, "/dev/zero") != NULL)
            sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to);
    }
    if (from == 0 || fork() != 0)
        crash();
    setitimer(ITIMER_REAL, &end, NULL);
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    for (;;)
        memset((void *)from, 'x', to - from); // NOLINT(performance-no-int-to-ptr)
}

/* Say what a process has that the module did not choose, and print something. */
static const char *describe_state(void)
{
    static char text[128];
    struct sigaction action = {.sa_handler = SIG_DFL};
    struct rlimit files = {.rlim_cur = 0};
    struct stat input = {.st_mode = 0};
    sigset_t blocked;

    printf("printed\n");
    fflush(stdout);
    sigemptyset(&blocked);
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    sigaction(SIGPIPE, NULL, &action);
    getrlimit(RLIMIT_NOFILE, &files);
    fstat(STDIN_FILENO, &input);
    snprintf(text, sizeof(text), "%d blocked, SIGPIPE %s, %d files, input %s",
             sigismember(&blocked, SIGTERM) + sigismember(&blocked, SIGCHLD),
             action.sa_handler == SIG_IGN ? "ignored" : "kills", (int)files.rlim_cur,
             S_ISCHR(input.st_mode) ? "a device" : "a file");
    return text;
}

/* Take the lowest descriptors for the file, and log. */
static void take_descriptors(const struct preforkd_operations *operations)
{
    for (int i = 0; i < 8; i++)
        fcntl(file, F_DUPFD_CLOEXEC, 0);
    operations->log(PREFORKD_NOTICE, "%s has opened its files", name);
}

static const char *trial_start(const struct preforkd_operations *operations, const char *pool)
{
    at_start = operations;
    if (reads)
        operations->log(PREFORKD_WARNING, "%s has read a secret", name);
    operations->log(PREFORKD_NOTICE, "%s starts in pool %s", name, pool);
    printf("printed\n");
    if (is_called("hang") && access("trial_hangs", F_OK) == 0)
        block();
    file = open("trial_file", O_RDWR | O_CLOEXEC);
    if (is_called("fail"))
        return "the database\nis not there";
    if (is_called("bytes"))
        return "a\x9b"
               "b\xc3\x84";
    if (is_called("state"))
        return describe_state();
    if (is_called("scribble"))
        scribble();
    if (is_called("writes"))
        take_descriptors(operations);
    if (is_called("threads"))
        start_thread();
    if (is_called("signals"))
        change_signals();
    if (is_called("forks") && fork() < 0)
        return "cannot fork";
    return NULL;
}

/* Use the file that start() has opened in each way that there is. Returns what failed. */
static const char *use_file(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat status;
    char byte = 'x';

    if (fstat(file, &status) < 0)
        return "fstat";
    if (lseek(file, 0, SEEK_SET) != 0 || write(file, &byte, 1) != 1)
        return "lseek or write";
    if (pwrite(file, &byte, 1, 1) != 1 || pread(file, &byte, 1, 1) != 1)
        return "pwrite or pread";
    if (ftruncate(file, 2) < 0 || fsync(file) < 0)
        return "ftruncate or fsync";
    if (fcntl(file, F_SETLK, &lock) < 0)
        return "fcntl";
    return "used";
}

static const char *open_later(void)
{
    int fd = open("trial_file", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return strerror(errno);
    close(fd);
    return "opened";
}

static const char *leak(void)
{
    static void *leaked; /* the last one, which has the one before */
    void **bytes = malloc(1 << 20);

    if (bytes == NULL)
        return "no memory";
    memset(bytes, 1, 1 << 20);
    bytes[0] = leaked;
    leaked = bytes;
    return "leaked";
}

static const char *respond(const char *word)
{
    if (strcmp(word, "crash") == 0)
        crash();
    if (strcmp(word, "exit") == 0)
        exit(0);
    if (strcmp(word, "block") == 0)
        block();
    if (strcmp(word, "leak") == 0)
        return leak();
    if (strcmp(word, "stick") == 0)
        sticks = true;
    if (strcmp(word, "use") == 0)
        return use_file();
    if (strcmp(word, "open") == 0)
        return open_later();
    return name;
}

static void trial_stream(struct preforkd_connection *connection,
                         const struct preforkd_operations *operations)
{
    char word[64];
    size_t size;

    while ((size = operations->request(connection, word, sizeof(word) - 1)) > 0) {
        const char *answer;

        word[size] = '\0';
        word[strcspn(word, "\n")] = '\0';
        answer = strcmp(word, "table") != 0 ? respond(word)
                 : operations == at_start   ? "the same"
                                            : "another";
        if (operations->answer(connection, answer, strlen(answer)) < 0)
            return;
    }
}

/* Answer with more than there is room for, or with the family of the peer's address. */
static ssize_t trial_datagram(struct preforkd_connection *connection,
                              const struct preforkd_operations *operations, unsigned char *bytes,
                              size_t size, size_t room)
{
    socklen_t length = 0;
    const struct sockaddr *peer = operations->peer(connection, &length);

    if (size > 0 && bytes[0] == 'l')
        return (ssize_t)room + 1;
    return snprintf((char *)bytes, room, "%d %d", peer == NULL ? -1 : (int)peer->sa_family,
                    length > 0);
}

static void trial_stop(void)
{
    if (sticks) {
        at_start->log(PREFORKD_NOTICE, "%s sticks", name);
        block();
    }
    if (file >= 0 && write(file, "stopped", 7) != 7)
        _exit(1);
    if (is_called("swap"))
        swap();
}

static struct preforkd_service service = {
    .abi = PREFORKD_ABI,
    .client_speaks_first = true,
    .start = trial_start,
    .stream = trial_stream,
    .datagram = trial_datagram,
    .stop = trial_stop,
};

/* Not in memory that is for reading alone. */
__attribute__((alias("service"))) extern const struct preforkd_service preforkd_service;
