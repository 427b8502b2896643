/*
 * filter: rules for system calls become a program of BPF, which the kernel runs at each call
 * (seccomp(2)). This knows nothing of which calls there are: rules.c has them.
 */
#ifndef PREFORKD_SERVER_WORKER_SANDBOX_FILTER_H
#define PREFORKD_SERVER_WORKER_SANDBOX_FILTER_H

#include <linux/audit.h>
#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

/* The architectures that there is a filter for. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define FILTER_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
#define FILTER_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define FILTER_ARCHITECTURE 0
#endif

enum filter_verdict {
    VERDICT_ALLOWED,
    VERDICT_DENIED,       /* EPERM */
    VERDICT_NO_ACCESS,    /* EACCES */
    VERDICT_UNKNOWN,      /* ENOSYS, as of a kernel that does not have the call */
    VERDICT_ABSENT,       /* the same, and no more is made of it: libc makes another call then */
    VERDICT_UNREPEATABLE, /* EPERM; a signal handler cannot make it in place of the process */
    VERDICT_FATAL,        /* the process ends */
    VERDICT_FOREIGN, /* the same, for a call of another architecture: the handler has no numbers */
    VERDICTS
};

/* What the value of a test is. */
enum filter_value { VALUE_CONSTANT, VALUE_PROCESS, VALUE_LISTENER, VALUES };

/* A test of an argument. The kernel takes descriptors, pids, commands and flags from the lower half
 * of a register, and ignores the upper one: so does TEST_MASKED. TEST_ZERO is for pointers. */
enum filter_test { TEST_NONE, TEST_MASKED, TEST_ZERO };

/* Of the rules for a call, in the order of the table, the first one whose test holds decides; where
 * there is none, the verdict on all other calls does. */
struct filter_rule {
    int number;
    enum filter_verdict verdict;
    unsigned int pools; /* bits of filter_job.pools, one of which has to be set; 0: of all pools */
    enum filter_test test;
    unsigned int argument; /* that is tested, from 0 */
    enum filter_value source;
    uint32_t mask, constant;
};

struct filter_job {
    const struct filter_rule *rules;
    size_t rule_count;
    const uint32_t *actions;   /* of seccomp(2), by verdict */
    enum filter_verdict other; /* of all calls without a rule */
    unsigned int pools;        /* which rules count */
    uintptr_t exempt;          /* what returns to this address may be made; 0: nothing */
};

enum { FILTER_CODE_MAX = 512, FILTER_RULES_MAX = 255, FILTER_PLACES_MAX = 16 };

/* An instruction that compares with a value which is not the same in all processes. */
struct filter_place {
    uint16_t at;
    enum filter_value source;
};

/* A program, to which these values have yet to be given. */
struct filter {
    unsigned short length;
    struct sock_filter code[FILTER_CODE_MAX];
    size_t place_count;
    struct filter_place places[FILTER_PLACES_MAX];
};

/* Compile JOB to FILTER. Returns 0, or -1 with errno E2BIG where it has too many rules, or too many
 * with a value of the process. */
int filter_compile(const struct filter_job *job, struct filter *filter);

/* Copy the program of FILTER to CODE, with the VALUES of this process. */
void filter_fit(const struct filter *filter, const uint32_t values[VALUES],
                struct sock_filter code[FILTER_CODE_MAX]);

#endif
