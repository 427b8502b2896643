/*
 * trap: see trap.h.
 *
 * The kernel stops a call before it is made and sends SIGSYS. The handler logs the call and makes
 * it itself, with the same registers, by one instruction, whose address the filter lets pass. So a
 * worker goes on as without a sandbox, at the price of a signal for each such call. What the kernel
 * could log itself (SECCOMP_RET_LOG) is in its audit log, which few read, by number.
 *
 * SIGSYS comes for a call of this process, where that stood, and not in the middle of anything
 * else. So the handler may use what is not safe elsewhere, unless it takes a lock that libc holds
 * at some call: snprintf(3) and write(2) take none.
 *
 * Two things differ. A program that the worker executes has the filter and no handler, and ends by
 * SIGSYS. And processes and threads cannot be made here, or users and groups changed: a thread
 * returns on another stack, and around fork(3) and setuid(2) libc may block all signals. The filter
 * lets those pass, and the kernel logs them.
 */
#include "server/worker/sandbox/trap.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/worker/sandbox/call_names.h"

/* si_code of a signal that is seccomp(2)'s; libc may have no name for it. */
enum { SENT_BY_SECCOMP = 1 };

/* Where a call has its arguments, and its result, and how it is made again. */
#if defined(__x86_64__)
typedef greg_t word; /* of a register */
#define REGISTERS(context) ((context)->uc_mcontext.gregs)
enum { RESULT = REG_RAX };
static const int arguments_at[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};
#define REPEAT                                                                                     \
    "mov %rdi, %rax\n"                                                                             \
    "mov %rsi, %rcx\n"                                                                             \
    "mov (%rcx), %rdi\n"                                                                           \
    "mov 8(%rcx), %rsi\n"                                                                          \
    "mov 16(%rcx), %rdx\n"                                                                         \
    "mov 24(%rcx), %r10\n"                                                                         \
    "mov 32(%rcx), %r8\n"                                                                          \
    "mov 40(%rcx), %r9\n"                                                                          \
    "syscall\n"
#define RETURN "ret\n"
#elif defined(__aarch64__)
typedef unsigned long long word;
#define REGISTERS(context) ((context)->uc_mcontext.regs)
enum { RESULT = 0 };
static const int arguments_at[] = {0, 1, 2, 3, 4, 5};
#define REPEAT                                                                                     \
    "mov x8, x0\n"                                                                                 \
    "mov x9, x1\n"                                                                                 \
    "ldp x0, x1, [x9]\n"                                                                           \
    "ldp x2, x3, [x9, #16]\n"                                                                      \
    "ldp x4, x5, [x9, #32]\n"                                                                      \
    "svc #0\n"
#define RETURN "ret\n"
#else /* no filter, so no such signal */
typedef unsigned long word;
#define REGISTERS(context) ((word[1]){(word)(context)->uc_flags})
enum { RESULT = 0 };
static const int arguments_at[] = {0, 0, 0, 0, 0, 0};
#define REPEAT             ""
#define RETURN             ".long 0\n"
#endif

enum { ARGUMENTS = sizeof(arguments_at) / sizeof(arguments_at[0]) };

/* Make the call NUMBER. Returns what the kernel returns: -errno for a failure. */
long trap_repeat(long number, const uint64_t arguments[ARGUMENTS]);

/* Behind its one instruction. */
void trap_repeated(void);

__asm__(".text\n"
        ".hidden trap_repeat\n"
        ".hidden trap_repeated\n"
        ".globl trap_repeat\n"
        ".globl trap_repeated\n"
        ".type trap_repeat, %function\n"
        "trap_repeat:\n" REPEAT "trap_repeated:\n" RETURN ".size trap_repeat, .-trap_repeat\n");

/* What was logged of a call. The last entry is of all without a name. */
struct logged {
    int64_t second;
    unsigned int left_out; /* since then */
};

static struct {
    const char *pool;
    struct logged calls[CALL_NAMES_END + 1];
} self;

uintptr_t trap_exempt(void)
{
    return (uintptr_t)trap_repeated;
}

/* Log that the call NUMBER would be answered by ERROR; 0: by the end of the process. */
static void log_call(int number, int error)
{
    const char *name = call_name(number);
    struct logged *logged = &self.calls[name == NULL ? CALL_NAMES_END : number];
    int64_t now_s = clock_coarse_ns() / NS_PER_S;
    char call[48], more[48] = "";

    if (logged->second == now_s) {
        logged->left_out++;
        return;
    }
    if (logged->left_out > 0)
        snprintf(more, sizeof(more), "; %u more since the last such line", logged->left_out);
    *logged = (struct logged){.second = now_s};
    if (name != NULL)
        snprintf(call, sizeof(call), "%s(2)", name);
    else
        snprintf(call, sizeof(call), "system call %d", number);
    log_line(LOG_WARNING,
             error == 0 ? "pool %s: the sandbox would end the worker at %s%s"
                        : "pool %s: the sandbox would refuse %s%s",
             self.pool, call, more);
}

/* The kernel has put the registers back to those of the call, and added its number and the answer
 * of the filter. */
static void on_call(int number, siginfo_t *info, void *context)
{
    uint64_t arguments[ARGUMENTS];
    int cause = errno;

    (void)number;
    if (info->si_code != SENT_BY_SECCOMP)
        return; /* sent by a process */
    for (size_t i = 0; i < ARGUMENTS; i++)
        arguments[i] = (uint64_t)REGISTERS((ucontext_t *)context)[arguments_at[i]];
    log_call(info->si_syscall, info->si_errno);
    REGISTERS((ucontext_t *)context)[RESULT] = (word)trap_repeat(info->si_syscall, arguments);
    errno = cause;
}

/* SA_NODEFER: a call of the handler's own may be refused, too. */
int trap_begin(const char *pool)
{
    struct sigaction action = {.sa_sigaction = on_call, .sa_flags = SA_SIGINFO | SA_NODEFER};

    self.pool = pool;
    return sigaction(SIGSYS, &action, NULL);
}
