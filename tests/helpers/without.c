/*
 * without: run a program as on a kernel that lacks something, by a filter of system calls that it
 * inherits:
 *
 *   without seccomp PROGRAM [ARGUMENT]...        neither seccomp(2) nor its prctl(2)
 *   without landlock PROGRAM [ARGUMENT]...       no Landlock
 *   without no_new_privs PROGRAM [ARGUMENT]...   PR_SET_NO_NEW_PRIVS is not permitted
 *   without capset PROGRAM [ARGUMENT]...         capset(2) is not permitted
 *   without unshare PROGRAM [ARGUMENT]...        unshare(2) is not permitted
 *   without nothing PROGRAM [ARGUMENT]...        there is a filter, which lets everything pass
 *
 * It exits with 77 where the kernel has no filters.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(code)  (sizeof(code) / sizeof((code)[0]))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define LOAD(field)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IS(value)    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1)

/* The lower half of the first argument is in front. */
static struct sock_filter without_seccomp[] = {
    LOAD(nr),
    IS(SYS_seccomp),
    ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
    LOAD(args[0]),
    IS(PR_SET_SECCOMP),
    ANSWER(SECCOMP_RET_ERRNO | EINVAL),
    ANSWER(SECCOMP_RET_ALLOW),
};

/* From landlock_create_ruleset(2) to landlock_restrict_self(2). */
static struct sock_filter without_landlock[] = {
    LOAD(nr),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 444, 0, 2),
    BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 446, 1, 0),
    ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
    ANSWER(SECCOMP_RET_ALLOW),
};

static struct sock_filter without_no_new_privs[] = {
    LOAD(nr),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3),
    LOAD(args[0]),
    IS(PR_SET_NO_NEW_PRIVS),
    ANSWER(SECCOMP_RET_ERRNO | EPERM),
    ANSWER(SECCOMP_RET_ALLOW),
};

static struct sock_filter without_capset[] = {
    LOAD(nr),
    IS(SYS_capset),
    ANSWER(SECCOMP_RET_ERRNO | EPERM),
    ANSWER(SECCOMP_RET_ALLOW),
};

static struct sock_filter without_unshare[] = {
    LOAD(nr),
    IS(SYS_unshare),
    ANSWER(SECCOMP_RET_ERRNO | EPERM),
    ANSWER(SECCOMP_RET_ALLOW),
};

static struct sock_filter without_nothing[] = {ANSWER(SECCOMP_RET_ALLOW)};

static const struct lack {
    const char *name;
    struct sock_fprog program;
} lacks[] = {
    {"seccomp", {COUNT(without_seccomp), without_seccomp}},
    {"landlock", {COUNT(without_landlock), without_landlock}},
    {"no_new_privs", {COUNT(without_no_new_privs), without_no_new_privs}},
    {"capset", {COUNT(without_capset), without_capset}},
    {"unshare", {COUNT(without_unshare), without_unshare}},
    {"nothing", {COUNT(without_nothing), without_nothing}},
};

/* Only root needs not give up new privileges first. */
static int install(const struct sock_fprog *program)
{
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program) == 0)
        return 0;
    if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program);
}

int main(int count, char **words)
{
    for (size_t i = 0; count > 2 && i < COUNT(lacks); i++) {
        if (strcmp(lacks[i].name, words[1]) != 0)
            continue;
        if (install(&lacks[i].program) < 0) {
            perror("without: seccomp");
            return 77;
        }
        execvp(words[2], &words[2]);
        perror(words[2]);
        return 127;
    }
    fputs("usage: without seccomp|landlock|no_new_privs|capset|unshare|nothing PROGRAM "
          "[ARGUMENT]...\n",
          stderr);
    return 64;
}
