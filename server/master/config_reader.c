/*
 * config_reader: see config_reader.h. The result is a memory file: a packed configuration, or the
 * errors as text; the exit status says which.
 */
#include "server/master/config_reader.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/pack.h"
#include "common/descriptors.h"
#include "common/io.h"
#include "common/signal_name.h"

#define READ_WITHIN_NS (20 * NS_PER_S)

/* Keep nothing of the master's that could outlive it: its listeners, its locks. */
static void leave_master(int fd, pid_t master)
{
    descriptors_close_others(&fd, 1);
    prctl(PR_SET_NAME, "preforkd-config", 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != master)
        _exit(STATUS_SYSTEM);
}

/* Read SOURCE and write the result. Returns the exit status. */
static int read_in_child(int fd, const struct config_source *source)
{
    struct config_source again = *source;
    struct config *config;
    void *result = NULL;
    size_t size = 0;
    char *errors = NULL;

    again.regular = true;
    config = config_load(&again, &errors);
    if (config == NULL) {
        result = errors;
        size = strlen(errors);
    } else {
        result = config_pack(config, &size);
    }
    if (result == NULL || io_write_full(fd, result, size, IO_NO_DEADLINE) < 0)
        return STATUS_SYSTEM;
    return config == NULL ? STATUS_CONFIG : STATUS_OK;
}

MAY_FAIL config_reader_begin(struct config_reader *reader, const struct config_source *source,
                             int64_t now_ns, struct failure *failure)
{
    int fd = memfd_create("config", MFD_CLOEXEC);
    pid_t master = getpid(), pid;
    const struct failed *failed;

    *reader = (struct config_reader){.fd = fd, .due_ns = now_ns + READ_WITHIN_NS};
    if (fd < 0)
        return fail(failure, STATUS_SYSTEM, "%s: cannot make a memory file to read it: %s",
                    source->file, strerror(errno));
    pid = fork();
    if (pid == 0) { /* READER may be in memory that fork(2) leaves out */
        leave_master(fd, master);
        _exit(read_in_child(fd, source));
    }
    reader->pid = pid;
    reader->open = pid > 0;
    if (reader->open)
        return NULL;
    failed = fail(failure, STATUS_SYSTEM, "%s: cannot start a process to read it: %s", source->file,
                  strerror(errno));
    close(fd);
    *reader = (struct config_reader){.pid = 0};
    return failed;
}

bool config_reader_note_status(struct config_reader *reader, pid_t pid, int status)
{
    if (reader->pid != pid)
        return false;
    if (!WIFEXITED(status) && !WIFSIGNALED(status))
        return true;
    reader->status = status;
    reader->pid = 0;
    return true;
}

int64_t config_reader_continue(struct config_reader *reader, int64_t now_ns)
{
    if (reader->pid == 0)
        return NEVER_NS;
    if (now_ns < reader->due_ns)
        return reader->due_ns;
    reader->is_late = true;
    kill(reader->pid, SIGKILL); /* it is reaped as any child, if it ends */
    reader->pid = 0;
    return now_ns;
}

/* Returns the bytes of the result, ended by a zero byte, to be freed; NULL with errno. */
static char *read_result(const struct config_reader *reader, size_t *size)
{
    struct stat status;
    char *bytes;
    ssize_t got;

    if (fstat(reader->fd, &status) < 0)
        return NULL;
    *size = (size_t)status.st_size;
    bytes = malloc(*size + 1);
    if (bytes == NULL)
        return NULL;
    bytes[*size] = '\0';
    for (size_t done = 0; done < *size; done += (size_t)got) {
        got = pread(reader->fd, bytes + done, *size - done, (off_t)done);
        if (got < 0 && errno == EINTR)
            got = 0;
        else if (got <= 0) {
            errno = got == 0 ? EIO : errno; /* it was shorter than its size */
            free(bytes);
            return NULL;
        }
    }
    return bytes;
}

/* Returns why there is no result, to be freed; ERROR is what read_result() left in errno, 0 where
 * the child had none. */
static char *explain(const struct config_reader *reader, int error)
{
    char *why = NULL, name[SIGNAL_NAME_SIZE];
    int printed;

    if (reader->is_late)
        printed = asprintf(&why,
                           "the configuration was not read within %d s: it is very large, or its "
                           "modules take long to start, or its file, or a service that knows users "
                           "and groups, does not answer",
                           (int)(READ_WITHIN_NS / NS_PER_S));
    else if (WIFSIGNALED(reader->status))
        printed = asprintf(&why, "the process that read the configuration was killed by %s",
                           signal_name(WTERMSIG(reader->status), name));
    else if (error != 0 && error != ENOMEM)
        printed = asprintf(&why, "cannot take the configuration from the process that read it: %s",
                           strerror(error));
    else
        printed = asprintf(&why, "no memory to read the configuration%s",
                           error == 0 ? ", or no room for what was read" : "");
    return printed < 0 ? NULL : why;
}

bool config_reader_take(struct config_reader *reader, struct config **config, char **why)
{
    int result = WIFEXITED(reader->status) ? WEXITSTATUS(reader->status) : STATUS_SYSTEM;
    size_t size = 0;
    char *bytes = NULL;
    int error = 0;

    if (!reader->open || reader->pid != 0)
        return false;
    *config = NULL;
    *why = NULL;
    if (!reader->is_late && (result == STATUS_OK || result == STATUS_CONFIG)) {
        bytes = read_result(reader, &size);
        error = errno;
    }
    if (bytes != NULL && result == STATUS_CONFIG)
        *why = bytes;
    else if (bytes != NULL)
        *config = config_unpack(bytes, size);
    else
        *why = explain(reader, error);
    close(reader->fd);
    *reader = (struct config_reader){.pid = 0};
    return true;
}

void config_reader_cancel(struct config_reader *reader)
{
    if (reader->pid > 0)
        kill(reader->pid, SIGKILL); /* it is reaped as any child */
    if (reader->open)
        close(reader->fd);
    *reader = (struct config_reader){.pid = 0};
}
