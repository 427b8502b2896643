/*
 * filter_machine: a filter of system calls runs here as the kernel runs it, and beside it a scan of
 * the rules that it was made of.
 */
#ifndef PREFORKD_TESTS_UNIT_FILTER_MACHINE_H
#define PREFORKD_TESTS_UNIT_FILTER_MACHINE_H

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "server/worker/sandbox/filter.h"

/* The values of a process, and what is neither. */
enum { PROCESS = 4711, LISTENER = 7, OTHER = 8, NONSENSE = 0x12345678 };

static const uint32_t machine_values[VALUES] = {
    [VALUE_PROCESS] = PROCESS, [VALUE_LISTENER] = LISTENER};

/* A job, its filter, and the code of that for this process. */
struct machine {
    struct filter_job job;
    struct filter filter;
    struct sock_filter code[FILTER_CODE_MAX];
};

/* Returns what filter_compile() does. */
static int machine_compile(struct machine *machine)
{
    int result = filter_compile(&machine->job, &machine->filter);

    if (result == 0)
        filter_fit(&machine->filter, machine_values, machine->code);
    return result;
}

static uint32_t word_at(const struct seccomp_data *data, uint32_t offset)
{
    uint32_t word;

    if (offset % sizeof(word) != 0 || offset + sizeof(word) > sizeof(*data))
        return NONSENSE;
    memcpy(&word, (const char *)data + offset, sizeof(word));
    return word;
}

static bool is_taken(uint16_t code, uint32_t accumulator, uint32_t k)
{
    return code == (BPF_JMP | BPF_JEQ | BPF_K) ? accumulator == k : accumulator >= k;
}

/* Of the last run: how many instructions it took, and whether one of them looked at more than the
 * architecture and the number of the call. Where none does, kernels from Linux 5.11 on know the
 * answer beforehand, and run nothing. */
static struct {
    size_t steps;
    bool looks;
} machine_cost;

/* Run the filter of MACHINE on DATA. Returns its answer; NONSENSE: the kernel would not take it. */
static uint32_t machine_run(const struct machine *machine, const struct seccomp_data *data)
{
    uint32_t accumulator = 0;

    machine_cost.steps = 0;
    machine_cost.looks = false;
    for (size_t at = 0; at < machine->filter.length; at++) {
        const struct sock_filter *step = &machine->code[at];

        machine_cost.steps++;
        switch (step->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            machine_cost.looks |= step->k >= offsetof(struct seccomp_data, instruction_pointer);
            accumulator = word_at(data, step->k);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            accumulator &= step->k;
            break;
        case BPF_JMP | BPF_JA:
            at += step->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
        case BPF_JMP | BPF_JGE | BPF_K:
            at += is_taken(step->code, accumulator, step->k) ? step->jt : step->jf;
            break;
        case BPF_RET | BPF_K:
            return step->k;
        default:
            return NONSENSE;
        }
    }
    return NONSENSE;
}

static bool holds(const struct filter_rule *rule, const struct seccomp_data *data)
{
    uint64_t argument = data->args[rule->argument];
    uint32_t value = rule->source == VALUE_CONSTANT ? rule->constant : machine_values[rule->source];

    if (rule->test == TEST_MASKED)
        return ((uint32_t)argument & rule->mask) == value;
    return rule->test == TEST_NONE || argument == 0;
}

/* The answer by a scan of the table. */
static uint32_t scan(const struct filter_job *job, const struct seccomp_data *data)
{
    for (size_t i = 0; i < job->rule_count; i++) {
        const struct filter_rule *rule = &job->rules[i];

        if (rule->number == data->nr && (rule->pools == 0 || (rule->pools & job->pools) != 0) &&
            holds(rule, data))
            return job->actions[rule->verdict];
    }
    return job->actions[job->other];
}

/* Return how many of a thousand calls, with arguments that some rule looks for, MACHINE answers
 * otherwise than a scan does. */
static int machine_differences(const struct machine *machine)
{
    static const uint64_t values[] = {
        0,
        1,
        2,
        3,
        4,
        LISTENER,
        OTHER,
        PROCESS,
        PROT_EXEC,
        CLONE_VM,
        O_CREAT,
        UINT32_MAX,
        UINT64_MAX,
        UINT64_C(1) << 32,
        (UINT64_C(1) << 32) + LISTENER,
        (UINT64_C(5) << 32) + PROCESS,
    };
    struct seccomp_data data = {.arch = FILTER_ARCHITECTURE};
    int different = 0;

    for (data.nr = 0; data.nr < 1000; data.nr++) {
        for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
            for (size_t i = 0; i < 6; i++)
                data.args[i] = values[v];
            different += machine_run(machine, &data) != scan(&machine->job, &data);
        }
    }
    return different;
}

#endif
