/*
 * rule_words: what the rows of rules.c are written in.
 */
#ifndef PREFORKD_SERVER_WORKER_SANDBOX_RULE_WORDS_H
#define PREFORKD_SERVER_WORKER_SANDBOX_RULE_WORDS_H

#include <stdint.h>
#include <sys/syscall.h>

#include "server/worker/sandbox/call_numbers.h"
#include "server/worker/sandbox/filter.h"

/* Verdicts on a CALL of libc's headers, or of call_numbers.h. */
#define ALLOW(call)     .number = SYS_##call, .verdict = VERDICT_ALLOWED
#define DENY(call)      .number = SYS_##call, .verdict = VERDICT_DENIED
#define DENY_ONCE(call) .number = SYS_##call, .verdict = VERDICT_UNREPEATABLE
#define CLOSE(call)     .number = SYS_##call, .verdict = VERDICT_NO_ACCESS
#define KILL(call)      .number = SYS_##call, .verdict = VERDICT_FATAL
#define DENY_NR(nr)     .number = NR_##nr, .verdict = VERDICT_DENIED
#define KILL_NR(nr)     .number = NR_##nr, .verdict = VERDICT_FATAL
/* For pools of these KINDS, bits of filter_job.pools, alone. */
#define ONLY(kinds) .pools = (kinds)

/* Tests of the argument AT: some of its bits have a value; it is one that the worker knows. */
#define BITS(at, bits, value)                                                                      \
    .test = TEST_MASKED, .argument = (at), .mask = (bits), .constant = (value)
#define IS(at, value)    BITS(at, UINT32_MAX, value)
#define HAS(at, bit)     BITS(at, bit, bit)
#define LACKS(at, bits)  BITS(at, bits, 0)
#define IS_OF(at, known) BITS(at, UINT32_MAX, 0), .source = (known)
#define IS_NULL(at)      .test = TEST_ZERO, .argument = (at)

#endif
