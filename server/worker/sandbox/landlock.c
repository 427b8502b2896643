/*
 * landlock: see landlock.h.
 *
 * The numbers are the kernel's, which never change: libc's headers are often older than the kernel
 * that the program runs on, and libc has no such functions.
 */
#include "server/worker/sandbox/landlock.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same on all architectures. */
enum { CREATE_RULESET = 444, RESTRICT_SELF = 446 };

enum { CREATE_VERSION = 1 }; /* flag: return the ABI, and create nothing */

/* Which ABI has what. */
enum { ABI_FILES = 1, ABI_REFER, ABI_TRUNCATE, ABI_TCP, ABI_IOCTL, ABI_SCOPE };

enum {
    FS_FIRST = (1 << 13) - 1, /* execute, write, read, list, remove and make, of each kind */
    FS_REFER = 1 << 13,
    FS_TRUNCATE = 1 << 14,
    FS_IOCTL = 1 << 15,
    TCP_BIND_AND_CONNECT = 3,
    SCOPE_ABSTRACT = 1,
    SCOPE_SIGNAL = 2
};

/* A kernel that does not know the members at the end takes them where they are 0. */
struct ruleset {
    uint64_t files, net, scoped;
};

const char *const landlock_level_names[] = {
    [LANDLOCK_NONE] = "none",
    [LANDLOCK_FILES] = "files",
    [LANDLOCK_TCP] = "files and TCP",
    [LANDLOCK_SIGNALS] = "files, TCP and signals",
};

/* Return the ABI of the kernel; 0 where it has none, or something refuses to say, such as a
 * filter of system calls that was there before. */
static long find_abi(void)
{
    long abi = syscall(CREATE_RULESET, NULL, 0, CREATE_VERSION);

    return abi < 0 ? 0 : abi;
}

static enum landlock_level level_of(long abi)
{
    if (abi >= ABI_SCOPE)
        return LANDLOCK_SIGNALS;
    if (abi >= ABI_TCP)
        return LANDLOCK_TCP;
    return abi >= ABI_FILES ? LANDLOCK_FILES : LANDLOCK_NONE;
}

enum landlock_level landlock_probe(void)
{
    return level_of(find_abi());
}

/* Return all that ABI can refuse. A ruleset refuses what it handles and has no rule for. */
static struct ruleset make_ruleset(long abi, bool reaches_names)
{
    struct ruleset ruleset = {.files = FS_FIRST};

    if (abi >= ABI_REFER)
        ruleset.files |= FS_REFER;
    if (abi >= ABI_TRUNCATE)
        ruleset.files |= FS_TRUNCATE;
    if (abi >= ABI_TCP)
        ruleset.net = TCP_BIND_AND_CONNECT;
    if (abi >= ABI_IOCTL)
        ruleset.files |= FS_IOCTL;
    if (abi >= ABI_SCOPE)
        ruleset.scoped = reaches_names ? SCOPE_SIGNAL : SCOPE_SIGNAL | SCOPE_ABSTRACT;
    return ruleset;
}

int landlock_enter(bool reaches_names)
{
    long abi = find_abi(), fd, result;
    struct ruleset ruleset = make_ruleset(abi, reaches_names);
    int cause;

    if (abi == 0)
        return 0;
    fd = syscall(CREATE_RULESET, &ruleset, sizeof(ruleset), 0);
    if (fd < 0)
        return -1;
    result = syscall(RESTRICT_SELF, (int)fd, 0);
    cause = errno;
    close((int)fd);
    errno = cause;
    return result < 0 ? -1 : 0;
}
