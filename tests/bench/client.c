/*
 * client: the barest blocking client, as the measure of what preforkload adds. N processes, each of
 * which does nothing but socket, connect, write, read and close, one request a connection.
 *
 *   client [-l] unix:PATH|inet:ADDRESS:PORT PROCESSES REQUESTS [WARM_UP]
 *
 *   -l   for a server that answers lines, such as Apache's mod_echo: the byte sent is a newline; and
 *        time each request and print the rate and the 99th percentile, in the words of preforkload
 *
 * REQUESTS are those of all processes together; so many as WARM_UP says go before and do not count. The right reply is the byte plus one, or with -l
 * also the byte as it was. The exit status is 0 when all replies were right, 1 when not.
 */
#include <arpa/inet.h>
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

struct plan {
    union {
        struct sockaddr any;
        struct sockaddr_in inet;
        struct sockaddr_un local;
    } address;
    socklen_t length;
    bool lines;
    size_t processes, each, warm_up; /* requests of each process */
    int64_t *took_ns;                /* with lines: of every request, shared by the processes */
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
    bool answered = connect(fd, &plan->address.any, plan->length) == 0 &&
                    write(fd, &sent, 1) == 1 && read(fd, &got, 1) == 1 &&
                    (got == sent + 1 || (plan->lines && got == sent));

    close(fd);
    return answered;
}

static int work(const struct plan *plan, int64_t *took_ns)
{
    for (size_t i = 0; i < plan->warm_up + plan->each; i++) {
        int64_t begin_ns = plan->lines ? now_ns() : 0;

        if (!call(plan)) {
            perror("client");
            return 1;
        }
        if (plan->lines && i >= plan->warm_up)
            took_ns[i - plan->warm_up] = now_ns() - begin_ns;
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
            _exit(work(plan, plan->lines ? plan->took_ns + i * plan->each : NULL));
    }
    while (wait(&status) > 0) {
        if (status != 0 && worst == 0)
            worst = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }
    return worst;
}

static int compare(const void *a, const void *b)
{
    const int64_t *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

/* Requests a second: each process does nothing but wait for its requests. */
static double rate(const struct plan *plan)
{
    double sum = 0;

    for (size_t i = 0; i < plan->processes; i++) {
        int64_t elapsed_ns = 0;

        for (size_t j = 0; j < plan->each; j++)
            elapsed_ns += plan->took_ns[i * plan->each + j];
        sum += (double)plan->each * 1e9 / (double)elapsed_ns;
    }
    return sum;
}

static int run_and_tell(struct plan *plan)
{
    size_t count = plan->processes * plan->each;
    int status;

    plan->took_ns = mmap(NULL, count * sizeof(*plan->took_ns), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (plan->took_ns == MAP_FAILED) {
        perror("mmap");
        return 71;
    }
    status = run(plan);
    if (status != 0)
        return status;
    printf("{\"counts\":{\"failed\":0},\"rate\":{\"achieved\":%.1f},", rate(plan));
    qsort(plan->took_ns, count, sizeof(*plan->took_ns), compare);
    printf("\"latency_ns\":{\"response\":{\"p99\":%lld}}}\n",
           (long long)plan->took_ns[count - 1 - count / 100]);
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
    plan.each = (size_t)requests / plan.processes;
    plan.warm_up = argc == 5 ? (size_t)atol(argv[4]) / plan.processes : 0;
    return plan.lines ? run_and_tell(&plan) : run(&plan);
}
