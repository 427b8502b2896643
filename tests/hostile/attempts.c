/*
 * attempts: see attempts.h. A request is the name of an attempt and the process numbers of the
 * pool's workers, one of which is a sibling's. The answer is `done`, or the name of the error; a
 * worker that is killed for it answers nothing.
 */
#include "tests/hostile/attempts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/worker/connection/connection.h"
#include "tests/hostile/hostile.h"
#include "tests/hostile/listener.h"

enum { REQUEST_SIZE = 64, FDS_MAX = 64 };

static int listener;

int attempt_close(long fd)
{
    if (fd < 0)
        return errno;
    close((int)fd);
    return 0;
}

int attempt_judge(long result, int reached)
{
    return result >= 0 || errno == reached ? 0 : errno;
}

/* Look for the listener, before the sandbox forbids that. An attacker reads in memory which it
 * is. */
static const char *attempts_start(const struct preforkd_operations *operations, const char *pool)
{
    (void)operations;
    (void)pool;
    for (listener = STDERR_FILENO + 1; listener < FDS_MAX && !is_listener(listener); listener++)
        ;
    return NULL;
}

static const struct attempt *find(const struct attempt *attempts, const char *name)
{
    while (attempts->name != NULL && strcmp(attempts->name, name) != 0)
        attempts++;
    return attempts->name == NULL ? NULL : attempts;
}

static const char *error_name(int error)
{
    static const struct {
        int error;
        const char *name;
    } names[] = {{0, "done"},           {EPERM, "EPERM"},   {EACCES, "EACCES"}, {ENOSYS, "ENOSYS"},
                 {EINVAL, "EINVAL"},    {ESRCH, "ESRCH"},   {EBADF, "EBADF"},   {ENOENT, "ENOENT"},
                 {ENOMEM, "ENOMEM"},    {EAGAIN, "EAGAIN"}, {EMFILE, "EMFILE"}, {EFAULT, "EFAULT"},
                 {ENOTSOCK, "ENOTSOCK"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].error == error)
            return names[i].name;
    }
    return "another error";
}

/* Return the first process number in NUMBERS that is another one's. */
static pid_t find_sibling(char *numbers)
{
    pid_t pid;

    do
        pid = (pid_t)strtol(numbers, &numbers, 10);
    while (pid == getpid());
    return pid;
}

/* Make the attempt that REQUEST names. Returns how that went. */
static const char *make(const struct connection *connection, char *request)
{
    char *numbers = strchrnul(request, ' ');
    struct attempt_target on = {.listener = listener,
                                .connection = (int)connection->fd,
                                .master = getppid(),
                                .sibling = find_sibling(numbers)};
    const struct attempt *attempt;

    *numbers = '\0';
    attempt = find(attempts_on_descriptors, request);
    if (attempt == NULL)
        attempt = find(attempts_on_processes, request);
    return attempt == NULL ? "no such attempt" : error_name(attempt->make(&on));
}

static void attempts_stream(struct preforkd_connection *handle,
                            const struct preforkd_operations *ops)
{
    const struct connection *connection = service_connection(handle);
    char request[REQUEST_SIZE];
    size_t size;

    while ((size = ops->request(handle, request, sizeof(request) - 1)) > 0) {
        const char *answer;

        request[size] = '\0';
        request[strcspn(request, "\n")] = '\0';
        answer = make(connection, request);
        if (ops->answer(handle, answer, strlen(answer)) < 0)
            return;
    }
}

const struct preforkd_service service_attempts = {
    .abi = PREFORKD_ABI,
    .client_speaks_first = true,
    .start = attempts_start,
    .stream = attempts_stream,
};
