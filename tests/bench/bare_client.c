/*
 * client: the barest blocking client, as the measure of what preforkload adds. N processes, each of
 * which does nothing but socket, connect, write, read and close, one request a connection.
 *
 *   client [-l] unix:PATH|inet:ADDRESS:PORT PROCESSES REQUESTS [WARM_UP]
 *
 *   -l   for a server that answers lines, such as Apache's mod_echo: the byte sent is a newline;
 *        and time each request and print the rate and the 99th percentile, in preforkload's words
 *
 * REQUESTS are those of all processes together; so many as WARM_UP says go before and do not count.
 * The right reply is the byte plus one, or with -l also the byte as it was. The exit status is 0
 * when all replies were right, 1 when not.
 */
#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What the processes share: each takes the next request, so that all are at it to the end. */
struct shared {
    _Atomic size_t next;
    struct sample {
        int64_t began_ns, took_ns;
    } samples[];
};

struct plan {
    union {
        struct sockaddr any;
        struct sockaddr_in inet;
        struct sockaddr_un local;
    } address;
    socklen_t length;
    bool lines;
    size_t processes, requests, warm_up;
    struct shared *shared; /* with lines */
};

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static bool find_unix(struct plan *plan, const char *path)
{
    struct sockaddr_un *address = &plan->address.local;

    if (strlen(path) >= sizeof(address->sun_path))
        return false;
    address->sun_family = AF_UNIX;
    strcpy(address->sun_path, path);
    plan->length = sizeof(*address);
    return true;
}

static bool find_inet(struct plan *plan, const char *text)
{
    struct sockaddr_in *address = &plan->address.inet;
    const char *port = strrchr(text, ':');
    char host[INET_ADDRSTRLEN];

    if (port == NULL || (size_t)(port - text) >= sizeof(host))
        return false;
    memcpy(host, text, (size_t)(port - text));
    host[port - text] = '\0';
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)atoi(port + 1));
    plan->length = sizeof(*address);
    return inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

static bool find(struct plan *plan, const char *endpoint)
{
    if (strncmp(endpoint, "unix:", 5) == 0)
        return find_unix(plan, endpoint + 5);
    return strncmp(endpoint, "inet:", 5) == 0 && find_inet(plan, endpoint + 5);
}

static bool call(const struct plan *plan)
{
    int fd = socket(plan->address.any.sa_family, SOCK_STREAM, 0);
    char sent = plan->lines ? '\n' : 'A', got = 0;
    bool answered = fd >= 0 && connect(fd, &plan->address.any, plan->length) == 0 &&
                    write(fd, &sent, 1) == 1 && read(fd, &got, 1) == 1 &&
                    (got == sent + 1 || (plan->lines && got == sent));

    if (fd >= 0)
        close(fd);
    return answered;
}

static int give_up(void)
{
    perror("client");
    return 1;
}

static int work(const struct plan *plan)
{
    for (size_t i = 0; i < plan->requests / plan->processes; i++) {
        if (!call(plan))
            return give_up();
    }
    return 0;
}

static int work_timed(const struct plan *plan)
{
    struct shared *shared = plan->shared;
    size_t number;

    while ((number = atomic_fetch_add(&shared->next, 1)) < plan->warm_up + plan->requests) {
        int64_t began_ns = now_ns();

        if (!call(plan))
            return give_up();
        if (number >= plan->warm_up)
            shared->samples[number - plan->warm_up] =
                (struct sample){began_ns, now_ns() - began_ns};
    }
    return 0;
}

/* 0, or the exit status of the first process that failed. */
static int run(const struct plan *plan)
{
    int status, worst = 0;

    for (size_t i = 0; i < plan->processes; i++) {
        pid_t pid = fork();

        if (pid < 0) {
            perror("fork");
            worst = 71;
            break;
        }
        if (pid == 0)
            _exit(plan->lines ? work_timed(plan) : work(plan));
    }
    while (wait(&status) > 0) {
        if (status != 0 && worst == 0)
            worst = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }
    return worst;
}

static int compare(const void *a, const void *b)
{
    const struct sample *left = a, *right = b;

    return (left->took_ns > right->took_ns) - (left->took_ns < right->took_ns);
}

/* From the first that began to the last that ended. */
static int64_t elapsed_ns(const struct sample *samples, size_t count)
{
    int64_t from_ns = INT64_MAX, to_ns = INT64_MIN;

    for (const struct sample *sample = samples; sample < samples + count; sample++) {
        int64_t ended_ns = sample->began_ns + sample->took_ns;

        from_ns = sample->began_ns < from_ns ? sample->began_ns : from_ns;
        to_ns = ended_ns > to_ns ? ended_ns : to_ns;
    }
    return to_ns - from_ns;
}

static int run_and_tell(struct plan *plan)
{
    size_t size = sizeof(*plan->shared) + plan->requests * sizeof(plan->shared->samples[0]);
    struct sample *samples;
    int status;

    plan->shared =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (plan->shared == MAP_FAILED) {
        perror("mmap");
        return 71;
    }
    status = run(plan);
    if (status != 0)
        return status;
    samples = plan->shared->samples;
    printf("{\"counts\":{\"failed\":0},\"rate\":{\"achieved\":%.1f},",
           (double)plan->requests * 1e9 / (double)elapsed_ns(samples, plan->requests));
    qsort(samples, plan->requests, sizeof(*samples), compare);
    printf("\"latency_ns\":{\"response\":{\"p99\":%lld}}}\n",
           (long long)samples[plan->requests - 1 - plan->requests / 100].took_ns);
    return 0;
}

int main(int argc, char **argv)
{
    struct plan plan = {0};
    long requests;

    plan.lines = argc > 1 && strcmp(argv[1], "-l") == 0;
    argv += plan.lines;
    argc -= plan.lines;
    if ((argc != 4 && argc != 5) || !find(&plan, argv[1]) || atol(argv[2]) < 1 ||
        (requests = atol(argv[3])) < atol(argv[2])) {
        fprintf(stderr, "usage: client [-l] unix:PATH|inet:ADDRESS:PORT PROCESSES REQUESTS "
                        "[WARM_UP]\n");
        return 64;
    }
    plan.processes = (size_t)atol(argv[2]);
    plan.requests = (size_t)requests;
    plan.warm_up = argc == 5 ? (size_t)atol(argv[4]) : 0;
    return plan.lines ? run_and_tell(&plan) : run(&plan);
}
