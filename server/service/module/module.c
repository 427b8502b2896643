/*
 * module: see module.h.
 */
#include "server/service/module/module.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/config/config.h"
#include "common/log.h"

#ifndef STATIC_BUILD
#define STATIC_BUILD 0
#endif

/* The headers of kernels before 5.12 lack it. */
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

/* Room for the path by which a process opens the file of one of its descriptors. */
enum { FD_PATH_SIZE = sizeof("/proc/self/fd/-2147483648") };

/* A walk within the kernel's cache fails, too, where a file system is mounted at that moment. */
enum { WALKS_MAX = 5 };

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

/* Open PATH by what the kernel remembers of it, as the check of the configuration has walked there
 * just now: the master is not to wait for a file server. Returns a descriptor, or -1 with errno. */
static int open_cached(const char *path)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_CACHED};
    int fd = -1;

    for (int walks = 0; fd < 0 && walks < WALKS_MAX && (walks == 0 || errno == EAGAIN); walks++)
        fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
    return fd;
}

/* Return why the file of FD cannot be a module; NULL: it may be. No file server is asked. */
static const char *refuse_kept(int fd)
{
    struct stat status;

    if (fstatat(fd, "", &status, AT_EMPTY_PATH | AT_STATX_DONT_SYNC) < 0)
        return strerror(errno);
    return S_ISREG(status.st_mode) ? NULL : "it is not a regular file any more";
}

int module_open(const struct pool_config *config, const char **reason)
{
    int fd = open_cached(config->module);

    *reason = fd >= 0 ? refuse_kept(fd)
              : errno == EAGAIN
                  ? "the kernel's cache does not have its path, and a file server may "
                    "not answer"
                  : strerror(errno);
    if (*reason == NULL)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Return whether the file of FD is the one at PATH. */
static bool is_at(int fd, const char *path)
{
    struct stat kept, there;

    return fstat(fd, &kept) == 0 && stat(path, &there) == 0 && kept.st_dev == there.st_dev &&
           kept.st_ino == there.st_ino;
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

/* Load the file of FD, where another one is at the path by now. That path is the better one as long
 * as it is the file's: it is what a debugger, dladdr(3) and messages are to name, and where
 * libraries that lie beside the file are found ($ORIGIN). Returns NULL where it is to be loaded by
 * that. */
static void *load_kept(const struct pool_config *config, int fd)
{
    char fd_path[FD_PATH_SIZE];
    const char *reason;
    void *object;

    if (fd < 0 || is_at(fd, config->module))
        return NULL;
    snprintf(fd_path, sizeof(fd_path), "/proc/self/fd/%d", fd);
    object = load_file(fd_path, &reason);
    if (object == NULL)
        log_line(LOG_WARNING,
                 "pool %s: module '%.255s' was replaced, and its earlier file cannot be loaded any "
                 "more: %.200s; the one that is there is loaded",
                 config->name, config->module, reason);
    return object;
}

/* Load the file of FD, or else that at the path, whose constructors are not to find FD: the master
 * has opened it, and may search more directories than this process. Returns as load_file(). */
static void *load_object(const struct pool_config *config, int fd, const char **reason)
{
    void *object = load_kept(config, fd);

    if (fd >= 0)
        close(fd);
    return object == NULL ? load_file(config->module, reason) : object;
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
