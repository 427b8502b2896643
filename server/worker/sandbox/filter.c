/*
 * filter: see filter.h.
 *
 * Sorted by their numbers, the rules cut all numbers into spans with one answer each, and a binary
 * search finds the span: seven comparisons. Where an answer depends on nothing but the number,
 * kernels from Linux 5.11 on know that beforehand, and run nothing.
 */
#include "server/worker/sandbox/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>

/* Numbers from here on are of x32, which has other calls under numbers of its own. So is -1, by
 * which strace(1) has the kernel make no call at all. */
#define FOREIGN_NUMBERS 0x40000000U

/* Append an instruction. Beyond the limit it is counted, and nothing else. */
static void emit(struct filter *filter, int code, uint32_t k, size_t if_true, size_t if_false)
{
    if (filter->length < FILTER_CODE_MAX)
        filter->code[filter->length] =
            (struct sock_filter){(uint16_t)code, (uint8_t)if_true, (uint8_t)if_false, k};
    filter->length++;
}

static void load(struct filter *filter, size_t offset)
{
    emit(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct filter *filter, uint32_t action)
{
    emit(filter, BPF_RET | BPF_K, action, 0, 0);
}

/* Unless what is loaded is VALUE, go MORE instructions further than to the next one. */
static void expect(struct filter *filter, uint32_t value, size_t more)
{
    emit(filter, BPF_JMP | BPF_JEQ | BPF_K, value, 0, more);
}

static const struct filter_rule *rule_at(const struct filter *filter, size_t place)
{
    return &filter->job->rules[filter->order[place]];
}

static bool counts(const struct filter_job *job, const struct filter_rule *rule)
{
    return rule->pools == 0 || (rule->pools & job->pools) != 0;
}

/* Those of one number keep their order. */
static void sort_rules(struct filter *filter)
{
    const struct filter_job *job = filter->job;

    for (size_t i = 0; i < job->rule_count; i++) {
        size_t place = filter->order_count;

        if (!counts(job, &job->rules[i]))
            continue;
        for (; place > 0 && rule_at(filter, place - 1)->number > job->rules[i].number; place--)
            filter->order[place] = filter->order[place - 1];
        filter->order[place] = (uint8_t)i;
        filter->order_count++;
    }
}

/* Return the verdict on all of SPAN; VERDICTS: it depends on arguments. */
static enum filter_verdict verdict_of(const struct filter *filter, const struct filter_span *span)
{
    const struct filter_rule *rule;

    if (span->rule_count == 0)
        return filter->job->other;
    rule = rule_at(filter, span->rule);
    return rule->test == TEST_NONE ? rule->verdict : VERDICTS;
}

/* Append SPAN, or let the last one include it, where both have one answer. */
static void add_span(struct filter *filter, struct filter_span span)
{
    enum filter_verdict verdict = verdict_of(filter, &span);

    if (filter->span_count > 0 && verdict != VERDICTS &&
        verdict == verdict_of(filter, &filter->spans[filter->span_count - 1]))
        return;
    filter->spans[filter->span_count++] = span;
}

static void cut_spans(struct filter *filter)
{
    uint32_t next = 0; /* the first number that no span has */

    for (size_t place = 0, end; place < filter->order_count; place = end) {
        uint32_t number = (uint32_t)rule_at(filter, place)->number;

        for (end = place + 1; end < filter->order_count; end++) {
            if ((uint32_t)rule_at(filter, end)->number != number)
                break;
        }
        if (number > next)
            add_span(filter, (struct filter_span){.first = next});
        add_span(filter, (struct filter_span){number, (uint8_t)place, (uint8_t)(end - place)});
        next = number + 1;
    }
    add_span(filter, (struct filter_span){.first = next});
}

/* Where the lower half of an argument is, as both architectures have it. */
static size_t lower_half(unsigned int argument)
{
    return offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t);
}

/* Of a rule and its answer. */
static size_t size_of_rule(const struct filter_rule *rule)
{
    static const uint8_t sizes[] = {[TEST_NONE] = 1, [TEST_MASKED] = 4, [TEST_ZERO] = 5};

    return sizes[rule->test];
}

/* Answer with RULE if its test holds, else go on behind it. */
static void emit_rule(struct filter *filter, const struct filter_rule *rule)
{
    const struct filter_job *job = filter->job;
    size_t lower = lower_half(rule->argument);

    if (rule->test == TEST_MASKED) {
        load(filter, lower);
        emit(filter, BPF_ALU | BPF_AND | BPF_K, rule->mask, 0, 0);
        expect(filter, rule->source == VALUE_CONSTANT ? rule->constant : job->values[rule->source],
               1);
    } else if (rule->test == TEST_ZERO) {
        load(filter, lower);
        expect(filter, 0, 3);
        load(filter, lower + sizeof(uint32_t));
        expect(filter, 0, 1);
    }
    answer(filter, job->actions[rule->verdict]);
}

static void emit_span(struct filter *filter, const struct filter_span *span)
{
    const struct filter_job *job = filter->job;

    for (size_t i = 0; i < span->rule_count; i++) {
        const struct filter_rule *rule = rule_at(filter, span->rule + i);

        emit_rule(filter, rule);
        if (rule->test == TEST_NONE)
            return;
    }
    answer(filter, job->actions[job->other]);
}

static size_t size_of_span(const struct filter *filter, const struct filter_span *span)
{
    size_t size = 0;

    for (size_t i = 0; i < span->rule_count; i++) {
        const struct filter_rule *rule = rule_at(filter, span->rule + i);

        size += size_of_rule(rule);
        if (rule->test == TEST_NONE)
            return size;
    }
    return size + 1;
}

static size_t middle_of(size_t first, size_t last)
{
    return first + (last - first + 1) / 2;
}

/* How far a comparison can jump. */
enum { NEAR = UINT8_MAX };

/* Return the size of what emit_search() emits. */
static size_t size_of_search(const struct filter *filter, size_t first, size_t last)
{
    size_t middle = middle_of(first, last), lower;

    if (first == last)
        return size_of_span(filter, &filter->spans[first]);
    lower = size_of_search(filter, first, middle - 1);
    return (lower > NEAR ? 2 : 1) + lower + size_of_search(filter, middle, last);
}

/* Find the span of the number that is loaded, of those from FIRST to LAST. */
static void emit_search(struct filter *filter, size_t first, size_t last)
{
    size_t middle = middle_of(first, last), lower;

    if (first == last) {
        emit_span(filter, &filter->spans[first]);
        return;
    }
    lower = size_of_search(filter, first, middle - 1);
    if (lower > NEAR) {
        emit(filter, BPF_JMP | BPF_JGE | BPF_K, filter->spans[middle].first, 0, 1);
        emit(filter, BPF_JMP | BPF_JA, (uint32_t)lower, 0, 0);
    } else {
        emit(filter, BPF_JMP | BPF_JGE | BPF_K, filter->spans[middle].first, lower, 0);
    }
    emit_search(filter, first, middle - 1);
    emit_search(filter, middle, last);
}

/* Let a call be made that returns to that address. */
static void emit_exemption(struct filter *filter)
{
    size_t at = offsetof(struct seccomp_data, instruction_pointer);
    uint64_t address = filter->job->exempt;

    if (address == 0)
        return;
    load(filter, at);
    expect(filter, (uint32_t)address, 3);
    load(filter, at + sizeof(uint32_t));
    expect(filter, (uint32_t)(address >> 32), 1);
    answer(filter, SECCOMP_RET_ALLOW);
}

static void emit_all(struct filter *filter)
{
    load(filter, offsetof(struct seccomp_data, arch));
    emit(filter, BPF_JMP | BPF_JEQ | BPF_K, FILTER_ARCHITECTURE, 1, 0);
    answer(filter, SECCOMP_RET_KILL_PROCESS);
    emit_exemption(filter);
    load(filter, offsetof(struct seccomp_data, nr));
    emit(filter, BPF_JMP | BPF_JGE | BPF_K, FOREIGN_NUMBERS, 0, 1);
    answer(filter, SECCOMP_RET_ERRNO | ENOSYS);
    emit_search(filter, 0, filter->span_count - 1);
}

int filter_compile(const struct filter_job *job, struct filter *filter)
{
    filter->job = job;
    filter->length = 0;
    filter->order_count = filter->span_count = 0;
    if (job->rule_count <= FILTER_RULES_MAX) {
        sort_rules(filter);
        cut_spans(filter);
        emit_all(filter);
        if (filter->length <= FILTER_CODE_MAX)
            return 0;
    }
    errno = E2BIG;
    return -1;
}
