/*
 * Unit tests of common/config/root_path: links are followed as the kernel does it for a process
 * that has the root directory, which is asked as well where this process is root.
 */
#include "common/config/root_path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/tap.h"

static char root[] = "/tmp/root_path.XXXXXX", long_name[PATH_MAX + 1];

static const struct {
    const char *name, *target;
} links[] = {
    {"bin", "/usr/bin"},
    {"usr/bin/sh", "/usr/lib/box"},
    {"usr/bin/near", "../lib/box"},
    {"usr/bin/chain", "/bin/sh"},
    {"usr/bin/above", "../../../../../../../../usr/lib/box"},
    {"usr/bin/host", "/proc/self/exe"},
    {"usr/bin/loop", "/bin/loop"},
    {"usr/bin/itself", "."},
    {"usr/bin/top", "/"},
};

/* FOUND NULL: there is none, and ERROR says why. */
static const struct {
    const char *path, *found;
    int error;
} examples[] = {
    {"/usr/lib/box", "/usr/lib/box", 0}, {"/bin/sh", "/usr/lib/box", 0},
    {"/bin/near", "/usr/lib/box", 0},    {"/bin/chain", "/usr/lib/box", 0},
    {"/bin/above", "/usr/lib/box", 0},   {"//bin/./itself/..//bin/sh", "/usr/lib/box", 0},
    {"/../bin/top/bin", "/usr/bin", 0},  {"/bin/host", NULL, ENOENT},
    {"/bin/none", NULL, ENOENT},         {"/usr/lib/box/x", NULL, ENOTDIR},
    {"/bin/loop", NULL, ELOOP},          {long_name, NULL, ENAMETOOLONG},
};

static void prepare(void)
{
    const char *folder = mkdtemp(root);
    int error = folder == NULL || chdir(folder) < 0;

    error |= mkdir("usr", 0755) | mkdir("usr/bin", 0755) | mkdir("usr/lib", 0755) |
             close(open("usr/lib/box", O_CREAT | O_WRONLY, 0755));
    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
        error |= symlink(links[i].target, links[i].name);
    ok(error == 0, "links are made");
    memset(long_name, '/', PATH_MAX);
}

/* Return what the kernel says of PATH in the root directory: 0, or an errno. */
static int ask_kernel(const char *path)
{
    struct stat status;
    int result = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(chroot(root) < 0 ? EPERM : stat(path, &status) < 0 ? errno : 0);
    waitpid(pid, &result, 0);
    return WEXITSTATUS(result);
}

int main(void)
{
    char found[PATH_MAX], expected[PATH_MAX];

    prepare();
    for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
        int error;

        errno = 0;
        error = config_root_path(root, examples[i].path, found) == 0 ? 0 : errno;
        is_number(error, examples[i].error, "%.20s", examples[i].path);
        if (geteuid() == 0)
            is_number(ask_kernel(examples[i].path), error, "as the kernel says");
        if (examples[i].found == NULL)
            continue;
        snprintf(expected, sizeof(expected), "%s%s", root, examples[i].found);
        is_text(found, expected, "leads to %s", examples[i].found);
    }
    if (fork() == 0)
        execlp("rm", "rm", "-r", root, (char *)NULL);
    wait(NULL);
    return tap_end();
}
