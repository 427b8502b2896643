/*
 * filter_spans: see filter_spans.h.
 */
#include "server/worker/sandbox/filter_spans.h"

#include <stdbool.h>

/* Numbers from here on are of x32, which has other calls under numbers of its own. So is -1, by
 * which strace(1) has the kernel make no call at all. */
#define FOREIGN_NUMBERS 0x40000000U

const struct filter_rule *filter_spans_rule(const struct filter_spans *spans, size_t place)
{
    return &spans->job->rules[spans->order[place]];
}

static bool counts(const struct filter_job *job, const struct filter_rule *rule)
{
    return rule->pools == 0 || (rule->pools & job->pools) != 0;
}

/* Those of one number keep their order. */
static void sort(struct filter_spans *spans)
{
    const struct filter_job *job = spans->job;

    for (size_t i = 0; i < job->rule_count; i++) {
        size_t place = spans->order_count;

        if (!counts(job, &job->rules[i]))
            continue;
        for (; place > 0; place--) {
            if (filter_spans_rule(spans, place - 1)->number <= job->rules[i].number)
                break;
            spans->order[place] = spans->order[place - 1];
        }
        spans->order[place] = (uint8_t)i;
        spans->order_count++;
    }
}

/* Return whether ONE and OTHER have one answer, which depends on no argument. */
static bool is_same(const struct filter_job *job, const struct filter_span *one,
                    const struct filter_span *other)
{
    return one->rule_count == 0 && other->rule_count == 0 &&
           job->actions[one->other] == job->actions[other->other];
}

/* Append SPAN, or let the last one include it. */
static void add(struct filter_spans *spans, struct filter_span span)
{
    if (spans->count == 0 || !is_same(spans->job, &span, &spans->at[spans->count - 1]))
        spans->at[spans->count++] = span;
}

/* Return whether it makes no difference if the last test of SPAN holds. */
static bool is_idle(const struct filter_spans *spans, const struct filter_span *span)
{
    const struct filter_rule *last =
        filter_spans_rule(spans, (size_t)span->rule + span->rule_count - 1);
    const uint32_t *actions = spans->job->actions;

    return actions[last->verdict] == actions[span->other];
}

/* Append the span of the call whose rules begin at PLACE. Its rules end at one without a test. */
static void add_call(struct filter_spans *spans, size_t place, size_t end)
{
    struct filter_span span = {.first = (uint32_t)filter_spans_rule(spans, place)->number,
                               .rule = (uint8_t)place,
                               .other = spans->job->other};

    for (; place < end; place++) {
        const struct filter_rule *rule = filter_spans_rule(spans, place);

        if (rule->test == TEST_NONE) {
            span.other = rule->verdict;
            break;
        }
        span.rule_count++;
    }
    while (span.rule_count > 0 && is_idle(spans, &span))
        span.rule_count--;
    add(spans, span);
}

/* Return the place behind the rules of the call whose rules begin at PLACE. */
static size_t end_of_call(const struct filter_spans *spans, size_t place)
{
    int number = filter_spans_rule(spans, place)->number;

    while (place < spans->order_count && filter_spans_rule(spans, place)->number == number)
        place++;
    return place;
}

/* More in a group would have most numbers compared with more of them. */
enum { SINGLES_MAX = 2 };

static bool is_single(const struct filter_spans *spans, size_t place)
{
    return place + 1 < spans->count && spans->at[place + 1].first == spans->at[place].first + 1;
}

/* Return the group that begins at the span FIRST. */
static struct filter_group find_group(const struct filter_spans *spans, size_t first)
{
    bool begins_single = is_single(spans, first) && spans->at[first + 1].rule_count == 0;
    struct filter_group group = {.first = first, .background = begins_single ? first + 1 : first};
    const struct filter_span *background = &spans->at[group.background];
    size_t singles = begins_single ? 1 : 0;

    for (group.end = group.background + 1; singles < SINGLES_MAX; singles++) {
        if (!is_single(spans, group.end) ||
            !is_same(spans->job, &spans->at[group.end + 1], background))
            break;
        group.end += 2;
    }
    return group;
}

static void find_groups(struct filter_spans *spans)
{
    for (size_t first = 0; first < spans->count;) {
        struct filter_group *group = &spans->groups[spans->group_count++];

        *group = find_group(spans, first);
        first = group->end;
    }
}

void filter_spans_cut(const struct filter_job *job, struct filter_spans *spans)
{
    uint32_t next = 0; /* the first number that no span has */

    spans->job = job;
    spans->count = spans->group_count = spans->order_count = 0;
    sort(spans);
    for (size_t place = 0, end; place < spans->order_count; place = end) {
        uint32_t number = (uint32_t)filter_spans_rule(spans, place)->number;

        end = end_of_call(spans, place);
        if (number > next)
            add(spans, (struct filter_span){.first = next, .other = job->other});
        add_call(spans, place, end);
        next = number + 1;
    }
    add(spans, (struct filter_span){.first = next, .other = job->other});
    add(spans, (struct filter_span){.first = FOREIGN_NUMBERS, .other = VERDICT_ABSENT});
    find_groups(spans);
}
