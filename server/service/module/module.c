/*
 * module: see module.h.
 */
#include "server/service/module/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config/config.h"
#include "common/log.h"

#ifndef STATIC_BUILD
#define STATIC_BUILD 0
#endif

/* Room for the path by which a process opens the file of one of its descriptors. */
enum { FD_PATH_SIZE = sizeof("/proc/self/fd/-2147483648") };

/* What is wrong with a file, but for what dlopen(3) itself says clearly. */
static const char *refuse_head(int fd)
{
    /* The kernel's own page in this process is of this kind of machine (vdso(7)). */
    const ElfW(Ehdr) *own = (const void *)getauxval(AT_SYSINFO_EHDR);
    struct stat status;
    ElfW(Ehdr) head;

    if (fstat(fd, &status) < 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return "it is not a regular file";
    if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
        memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
        return "it is not a shared object, nor any ELF file";
    if (own != NULL &&
        (head.e_ident[EI_CLASS] != own->e_ident[EI_CLASS] ||
         head.e_ident[EI_DATA] != own->e_ident[EI_DATA] || head.e_machine != own->e_machine))
        return "it was built for another kind of machine";
    if (head.e_type != ET_DYN)
        return "it is not a shared object: build it with -shared -fPIC";
    return NULL;
}

/* Return why PATH cannot be loaded, as far as its head says; NULL: it may be. A FIFO is not to be
 * waited for. */
static const char *refuse_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *reason = fd < 0 ? strerror(errno) : refuse_head(fd);

    if (fd >= 0)
        close(fd);
    return reason;
}

/* Return dlerror(3) without PATH, with which it mostly begins. */
static const char *last_error(const char *path)
{
    const char *error = dlerror();
    size_t length = strlen(path);

    if (error == NULL)
        return "no reason is known";
    return strncmp(error, path, length) == 0 && strncmp(error + length, ": ", 2) == 0
               ? error + length + 2
               : error;
}

/* Refuse SERVICE where it cannot be that of a pool of CONFIG. */
static MAY_FAIL judge(const struct pool_config *config, const struct preforkd_service *service,
                      struct failure *failure)
{
    if (service->abi != PREFORKD_ABI)
        return fail(failure, STATUS_CONFIG,
                    "module '%.255s' was built for interface %d, and this preforkd has interface "
                    "%d: build it again",
                    config->module, service->abi, PREFORKD_ABI);
    if (config->type == SOCK_DGRAM ? service->datagram == NULL : service->stream == NULL)
        return fail(failure, STATUS_CONFIG, "module '%.255s' has no %s", config->module,
                    config->type == SOCK_DGRAM ? "datagrams: its datagram() is NULL"
                                               : "streams: its stream() is NULL");
    return NULL;
}

int module_open(const struct pool_config *config)
{
    return open(config->module, O_PATH | O_CLOEXEC);
}

/* Return whether the file of FD is the one at PATH. */
static bool is_at(int fd, const char *path)
{
    struct stat kept, there;

    return fstat(fd, &kept) == 0 && stat(path, &there) == 0 && kept.st_dev == there.st_dev &&
           kept.st_ino == there.st_ino;
}

/* Return the path by which the file of FD, -1 for none, is loaded: PATH as long as it is there, for
 * that is what a debugger, dladdr(3) and messages are to name, and where libraries that lie beside
 * it are found ($ORIGIN). */
static const char *choose_path(const char *path, int fd, char fd_path[FD_PATH_SIZE])
{
    if (fd < 0 || is_at(fd, path))
        return path;
    snprintf(fd_path, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
    return fd_path;
}

/* Load the file at PATH. Returns NULL, and why in *REASON, if that fails. */
static void *load_file(const char *path, const char **reason)
{
    void *object = NULL;

    *reason =
        STATIC_BUILD ? "this preforkd is linked statically, and loads none" : refuse_file(path);
    if (*reason == NULL)
        object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (*reason == NULL && object == NULL)
        *reason = last_error(path);
    return object;
}

/* Load the file of FD, or else that at the path. Returns as load_file(). */
static void *load_object(const struct pool_config *config, int fd, const char **reason)
{
    char fd_path[FD_PATH_SIZE];
    const char *path = choose_path(config->module, fd, fd_path);
    void *object = load_file(path, reason);

    if (object != NULL || path == config->module)
        return object;
    log_line(LOG_WARNING,
             "pool %s: module '%.255s' was replaced, and its earlier file cannot be loaded any "
             "more: %.200s; the one that is there is loaded",
             config->name, config->module, *reason);
    return load_file(config->module, reason);
}

MAY_FAIL module_load(const struct pool_config *config, int fd,
                     const struct preforkd_service **service, struct failure *failure)
{
    const char *path = config->module, *reason;
    void *object = load_object(config, fd, &reason);

    if (object == NULL)
        return fail(failure, STATUS_CONFIG, "module '%.255s' cannot be loaded: %.200s", path,
                    reason);
    *service = dlsym(object, "preforkd_service");
    if (*service == NULL)
        return fail(failure, STATUS_CONFIG,
                    "module '%.255s' is not one of preforkd: it does not define preforkd_service",
                    path);
    return judge(config, *service, failure);
}

/* Return how many threads this process has; 0 where that cannot be found. To have memory that no
 * other thread shares (unshare(2)) is something that only a process with one thread can ask for,
 * and asking needs no /proc, which a root directory may lack. A filter around this process, as that
 * of a container, may refuse to answer; /proc/self/task has a link more than threads, as each is a
 * folder in it. */
static unsigned long count_threads(void)
{
    struct stat status;

    if (unshare(CLONE_VM) == 0)
        return 1;
    if (errno == EINVAL)
        return 2;
    return stat("/proc/self/task", &status) == 0 && status.st_nlink > 2 ? status.st_nlink - 2 : 0;
}

/* Refuse a module that has started threads: the sandbox, and new privileges, are of a thread, and
 * those that are there already would be free. Where the sandbox only logs, warn. */
static MAY_FAIL judge_threads(const struct pool_config *config, struct failure *failure)
{
    unsigned long count = config->sandbox == SANDBOX_OFF ? 1 : count_threads();
    const char *what = count == 0 ? "may have started threads (unshare(2) is filtered, and "
                                    "/proc/self/task cannot be read)"
                                  : "has started threads";

    if (count == 1)
        return NULL;
    if (config->sandbox == SANDBOX_ENFORCE)
        return fail(
            failure, STATUS_CONFIG,
            "module '%.255s' %s, which the sandbox would not hold: it needs 'sandbox = off'",
            config->module, what);
    log_line(LOG_WARNING,
             "pool %s: module '%.255s' %s: what these call is not logged, and would "
             "not be held by 'sandbox = enforce'",
             config->name, config->module, what);
    return NULL;
}

MAY_FAIL module_start(const struct pool_config *config, const struct preforkd_service *service,
                      const struct preforkd_operations *operations, struct failure *failure)
{
    const char *reason = service->start == NULL ? NULL : service->start(operations, config->name);

    if (reason != NULL)
        return fail(failure, STATUS_CONFIG, "module '%.255s' does not start: %.200s",
                    config->module, reason);
    return judge_threads(config, failure);
}

/* What serves is known once it is loaded. */
const struct service service_module = {.name = "module"};
