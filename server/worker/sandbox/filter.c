/*
 * filter: see filter.h.
 *
 * A binary search among groups of numbers finds the one of a call: eight comparisons at most. Where
 * an answer depends on nothing but the number, kernels from Linux 5.11 on know that beforehand, and
 * run nothing.
 *
 * Programs of BPF jump forward only. So this one is made from its last instruction to its first: at
 * each jump it is known how far it goes, and all that have one answer go to one instruction.
 */
#include "server/worker/sandbox/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>

#include "server/worker/sandbox/filter_spans.h"

enum { ANSWERS_MAX = VERDICTS + 2 };

/* How far a comparison can jump. */
enum { NEAR = UINT8_MAX };

/* What a program is made with. Its instructions are known by how many there are from them to its
 * end. */
struct making {
    const struct filter_job *job;
    struct filter *filter;
    struct filter_spans spans;
    struct {
        uint32_t action;
        size_t at;
    } answers[ANSWERS_MAX]; /* for each action the instruction that was made last */
    size_t answer_count;
};

/* Put an instruction before all others. Beyond the limit it is counted, and nothing else. Returns
 * it. */
static size_t emit(struct making *making, int code, uint32_t k, size_t if_true, size_t if_false)
{
    struct filter *filter = making->filter;

    if (filter->length < FILTER_CODE_MAX)
        filter->code[FILTER_CODE_MAX - 1 - filter->length] =
            (struct sock_filter){(uint16_t)code, (uint8_t)if_true, (uint8_t)if_false, k};
    return ++filter->length;
}

static size_t load(struct making *making, size_t offset)
{
    return emit(making, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* Return how many instructions are between the next one and TARGET. */
static size_t distance(const struct making *making, size_t target)
{
    return making->filter->length - target;
}

/* Return TARGET, or a jump to it, for a comparison that is made next or after one other jump. */
static size_t reach(struct making *making, size_t target)
{
    if (distance(making, target) < NEAR)
        return target;
    return emit(making, BPF_JMP | BPF_JA, (uint32_t)distance(making, target), 0, 0);
}

/* Compare what is loaded with VALUE, and go on at one of two instructions. */
static size_t compare(struct making *making, int test, uint32_t value, size_t if_true,
                      size_t if_false)
{
    if_true = reach(making, if_true);
    if_false = reach(making, if_false);
    return emit(making, BPF_JMP | test | BPF_K, value, distance(making, if_true),
                distance(making, if_false));
}

static size_t find_answer(const struct making *making, uint32_t action)
{
    size_t i = 0;

    while (i < making->answer_count && making->answers[i].action != action)
        i++;
    return i;
}

/* Return an instruction that answers with ACTION, near enough for a comparison. */
static size_t answer(struct making *making, uint32_t action)
{
    size_t i = find_answer(making, action);

    if (i < making->answer_count && distance(making, making->answers[i].at) < NEAR)
        return making->answers[i].at;
    making->answers[i].action = action;
    making->answers[i].at = emit(making, BPF_RET | BPF_K, action, 0, 0);
    if (i == making->answer_count)
        making->answer_count++;
    return making->answers[i].at;
}

static size_t give(struct making *making, enum filter_verdict verdict)
{
    return answer(making, making->job->actions[verdict]);
}

/* Where the lower half of an argument is, as both architectures have it. */
static size_t lower_half(unsigned int argument)
{
    return offsetof(struct seccomp_data, args) + argument * sizeof(uint64_t);
}

/* Have the value of the instruction that was made last set by filter_fit(). */
static void leave_open(struct making *making, enum filter_value source)
{
    struct filter *filter = making->filter;

    if (filter->place_count < FILTER_PLACES_MAX)
        filter->places[filter->place_count] = (struct filter_place){filter->length, source};
    filter->place_count++;
}

/* Answer with RULE if its test holds, else go on at OTHERWISE. */
static size_t emit_rule(struct making *making, const struct filter_rule *rule, size_t otherwise)
{
    size_t lower = lower_half(rule->argument), held = give(making, rule->verdict);

    if (rule->test == TEST_ZERO) {
        compare(making, BPF_JEQ, 0, held, otherwise);
        held = load(making, lower + sizeof(uint32_t));
    }
    compare(making, BPF_JEQ, rule->constant, held, otherwise);
    if (rule->source != VALUE_CONSTANT)
        leave_open(making, rule->source);
    if (rule->test == TEST_MASKED && rule->mask != UINT32_MAX)
        emit(making, BPF_ALU | BPF_AND | BPF_K, rule->mask, 0, 0);
    return load(making, lower);
}

static size_t emit_span(struct making *making, const struct filter_span *span)
{
    size_t first = give(making, span->other);

    for (size_t i = span->rule_count; i > 0; i--)
        first = emit_rule(making, filter_spans_rule(&making->spans, span->rule + i - 1), first);
    return first;
}

/* Find the span of the number that is loaded, in GROUP. */
static size_t emit_group(struct making *making, const struct filter_group *group)
{
    const struct filter_span *spans = making->spans.at;
    size_t next = emit_span(making, &spans[group->background]);

    for (size_t i = group->end; i-- > group->first;) {
        bool is_background = (i + group->background) % 2 == 0;

        if (!is_background)
            next = compare(making, BPF_JEQ, spans[i].first, emit_span(making, &spans[i]), next);
    }
    return next;
}

/* Find it in the groups from FIRST to LAST. */
static size_t emit_search(struct making *making, size_t first, size_t last)
{
    const struct filter_spans *spans = &making->spans;
    size_t middle = first + (last - first + 1) / 2, lower, upper;

    if (first == last)
        return emit_group(making, &spans->groups[first]);
    upper = emit_search(making, middle, last);
    lower = emit_search(making, first, middle - 1);
    return compare(making, BPF_JGE, spans->at[spans->groups[middle].first].first, upper, lower);
}

/* Let a call be made that returns to the address of the job, others go on at OTHERWISE. */
static size_t emit_exemption(struct making *making, size_t otherwise)
{
    size_t at = offsetof(struct seccomp_data, instruction_pointer);
    uint64_t address = making->job->exempt;
    size_t allowed;

    if (address == 0)
        return otherwise;
    allowed = answer(making, SECCOMP_RET_ALLOW);
    compare(making, BPF_JEQ, (uint32_t)(address >> 32), allowed, otherwise);
    allowed = load(making, at + sizeof(uint32_t));
    compare(making, BPF_JEQ, (uint32_t)address, allowed, otherwise);
    return load(making, at);
}

static void emit_all(struct making *making)
{
    size_t first, foreign;

    emit_search(making, 0, making->spans.group_count - 1);
    first = emit_exemption(making, load(making, offsetof(struct seccomp_data, nr)));
    foreign = give(making, VERDICT_FOREIGN);
    compare(making, BPF_JEQ, FILTER_ARCHITECTURE, first, foreign);
    load(making, offsetof(struct seccomp_data, arch));
}

/* Move the program from the end of its memory, where it was made, to the beginning. */
static void settle(struct filter *filter)
{
    memmove(filter->code, &filter->code[FILTER_CODE_MAX - filter->length],
            filter->length * sizeof(filter->code[0]));
    for (size_t i = 0; i < filter->place_count; i++)
        filter->places[i].at = (uint16_t)(filter->length - filter->places[i].at);
}

int filter_compile(const struct filter_job *job, struct filter *filter)
{
    struct making making = {.job = job, .filter = filter};

    filter->length = 0;
    filter->place_count = 0;
    if (job->rule_count <= FILTER_RULES_MAX) {
        filter_spans_cut(job, &making.spans);
        emit_all(&making);
        if (filter->length <= FILTER_CODE_MAX && filter->place_count <= FILTER_PLACES_MAX) {
            settle(filter);
            return 0;
        }
    }
    errno = E2BIG;
    return -1;
}

void filter_fit(const struct filter *filter, const uint32_t values[VALUES],
                struct sock_filter code[FILTER_CODE_MAX])
{
    memcpy(code, filter->code, filter->length * sizeof(code[0]));
    for (size_t i = 0; i < filter->place_count; i++)
        code[filter->places[i].at].k = values[filter->places[i].source];
}
