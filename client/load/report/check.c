/*
 * check: see check.h. A rule is METRIC RELATION QUANTITY, with blanks between them or not.
 */
#include "client/load/report/check.h"

#include <stdio.h>
#include <string.h>

#include "client/load/report/metrics.h"
#include "client/load/report/quantity.h"
#include "client/shared/format.h"
#include "common/clock.h"
#include "common/log.h"

enum { NAME_MAX_SIZE = 64, LIST_SIZE = 128 };

#define RATE_PARTS INT64_C(1000) /* a rate is measured in thousandths of an answer a second */

static const struct quantity_unit durations[] = {
    {"ns", 1}, {"us", NS_PER_US}, {"ms", NS_PER_MS}, {"s", NS_PER_S}, {NULL, 0}};
static const struct quantity_unit rates[] = {{"", RATE_PARTS}, {"/s", RATE_PARTS}, {NULL, 0}};
static const struct quantity_unit counts[] = {{"", 1}, {"%", QUANTITY_PER_PERCENT}, {NULL, 0}};

/* The first stands for all latencies, which go by the names of their statistics. */
static const struct metric {
    const char *name;
    const struct quantity_unit *units;
    const char *quantity;
    size_t offset; /* of a count, in struct load_result */
} metrics[] = {
#define A_COUNT "a count such as 1, or a percentage such as 0.1%"
    {NULL, durations, "a duration such as 250us, 1.5ms or 2s", 0},
    {"rate", rates, "a number of answers a second such as 5000", 0},
    {"errors", counts, A_COUNT, offsetof(struct load_result, failed)},
    {"late", counts, A_COUNT, offsetof(struct load_result, ended_late)},
    {"dropped", counts, A_COUNT, offsetof(struct load_result, dropped)},
#undef A_COUNT
};

enum { METRICS = sizeof(metrics) / sizeof(metrics[0]) };

/* In the order of enum load_relation. */
static const char *const relations[] = {"<", "<=", ">", ">="};

/* Find NAME, [LATENCY.]STAT; without LATENCY it is a response time. */
static bool find_latency(struct load_check *check, const char *name)
{
    for (size_t i = 0; i <= LATENCIES; i++) {
        size_t length = strlen(load_latency_names[i]);

        if (strncmp(name, load_latency_names[i], length) == 0 && name[length] == '.') {
            check->latency = i;
            name += length + 1;
            break;
        }
    }
    for (check->stat = 0; check->stat < STATS; check->stat++) {
        if (strcmp(load_stat_names[check->stat].text, name) == 0)
            return true;
    }
    return false;
}

static bool find_metric(struct load_check *check, const char *name)
{
    for (check->metric = 1; check->metric < METRICS; check->metric++) {
        if (strcmp(metrics[check->metric].name, name) == 0)
            return true;
    }
    check->metric = 0;
    return find_latency(check, name);
}

static void warn_of_metric(const struct load_check *check, const char *name)
{
    char list[LIST_SIZE] = "";
    size_t length = 0;

    for (size_t i = 0; i < STATS; i++)
        length +=
            (size_t)snprintf(list + length, sizeof(list) - length, " %s", load_stat_names[i].text);
    for (size_t i = 1; i < METRICS; i++)
        length += (size_t)snprintf(list + length, sizeof(list) - length, " %s", metrics[i].name);
    warnx("--check '%s': there is no metric '%s'; the metrics are%s, and as in service.p99 those "
          "of service, connect and lag",
          check->text, name, list);
}

/* Read the relation at TEXT. Returns its length, 0 if there is none. */
static size_t read_relation(const char *text, enum load_relation *relation)
{
    size_t length = strspn(text, "<>=");

    for (int i = 0; i < (int)(sizeof(relations) / sizeof(relations[0])); i++) {
        if (strlen(relations[i]) == length && strncmp(relations[i], text, length) == 0) {
            *relation = (enum load_relation)i;
            return length;
        }
    }
    return 0;
}

/* Parse CHECK's text. Returns whether it is a rule; if not, the error is logged. */
static bool parse(struct load_check *check)
{
    size_t length = strcspn(check->text, "<>= ");
    const char *rest = check->text + length + strspn(check->text + length, " ");
    size_t sign = read_relation(rest, &check->relation);
    const struct quantity_unit *unit;
    char name[NAME_MAX_SIZE];

    snprintf(name, sizeof(name), "%.*s", (int)(length < NAME_MAX_SIZE ? length : NAME_MAX_SIZE),
             check->text);
    if (!find_metric(check, name)) {
        warn_of_metric(check, name);
        return false;
    }
    if (sign == 0) {
        warnx("--check '%s': one of < <= > >= has to follow '%s'", check->text, name);
        return false;
    }
    rest += sign + strspn(rest + sign, " ");
    unit = quantity_parse(rest, metrics[check->metric].units, &check->limit);
    if (unit == NULL) {
        warnx("--check '%s': '%s' is not %s", check->text, rest, metrics[check->metric].quantity);
        return false;
    }
    check->percent = strcmp(unit->name, "%") == 0;
    return true;
}

enum status load_checks_parse(const struct load_options *options, struct load_checks *checks)
{
    checks->count = options->check_count;
    for (size_t i = 0; i < checks->count; i++) {
        checks->all[i] = (struct load_check){.text = options->checks[i]};
        if (!parse(&checks->all[i]))
            return STATUS_USAGE;
    }
    return STATUS_OK;
}

/* Store what CHECK is about in VALUE, in the unit of its limit. Returns whether it was measured. */
static bool measure(const struct load_check *check, const struct load_result *result, double *value)
{
    const struct metric *metric = &metrics[check->metric];

    if (metric->units == durations) {
        const struct histogram *histogram = load_latency(result, check->latency);

        *value = (double)load_stat(histogram, check->stat);
        return histogram->count > 0;
    }
    if (metric->units == rates) {
        *value = load_rate(result) * (double)RATE_PARTS;
        return result->elapsed_ns > 0;
    }
    *value = (double)*(const uint64_t *)(const void *)((const char *)result + metric->offset);
    if (check->percent && result->scheduled > 0)
        *value = *value * 100 * (double)QUANTITY_PER_PERCENT / (double)result->scheduled;
    return result->scheduled > 0;
}

static bool compare(double value, enum load_relation relation, double limit)
{
    switch (relation) {
    case RELATION_LESS:
        return value < limit;
    case RELATION_AT_MOST:
        return value <= limit;
    case RELATION_MORE:
        return value > limit;
    default:
        return value >= limit;
    }
}

/* Convert the value to the unit that is reported, and write it as text. */
static void describe(const struct load_check *check, struct load_finding *finding)
{
    const struct quantity_unit *units = metrics[check->metric].units;
    char latency[FORMAT_SIZE];

    if (!finding->measured) {
        snprintf(finding->text, LOAD_FINDING_SIZE, "not measured");
    } else if (units == durations) {
        format_latency((uint64_t)finding->value, latency);
        snprintf(finding->text, LOAD_FINDING_SIZE, "%s", latency);
    } else if (units == rates) {
        finding->value /= (double)RATE_PARTS;
        snprintf(finding->text, LOAD_FINDING_SIZE, "%.1f/s", finding->value);
    } else if (check->percent) {
        finding->value /= (double)QUANTITY_PER_PERCENT;
        snprintf(finding->text, LOAD_FINDING_SIZE, "%.4g%%", finding->value);
    } else {
        snprintf(finding->text, LOAD_FINDING_SIZE, "%.0f", finding->value);
    }
}

struct load_finding load_check_judge(const struct load_check *check,
                                     const struct load_result *result)
{
    struct load_finding finding = {0};

    finding.measured = measure(check, result, &finding.value);
    finding.passed =
        finding.measured && compare(finding.value, check->relation, (double)check->limit);
    describe(check, &finding);
    return finding;
}

/* Return whether the same statistic of the lag breaks CHECK, an upper limit of response times. */
static bool lag_breaks(const struct load_check *check, const struct load_result *result)
{
    struct load_check of_lag = *check;
    struct load_finding finding;

    if (metrics[check->metric].units != durations || check->latency != LATENCY_RESPONSE ||
        check->relation > RELATION_AT_MOST)
        return false;
    of_lag.latency = LATENCY_LAG;
    finding = load_check_judge(&of_lag, result);
    return finding.measured && !finding.passed;
}

const struct load_check *load_checks_missed_by_lag(const struct load_checks *checks,
                                                   const struct load_result *result)
{
    for (size_t i = 0; i < checks->count; i++) {
        const struct load_check *check = &checks->all[i];

        if (lag_breaks(check, result) && !load_check_judge(check, result).passed)
            return check;
    }
    return NULL;
}

bool load_checks_allow_errors(const struct load_checks *checks)
{
    for (size_t i = 0; i < checks->count; i++) {
        if (metrics[checks->all[i].metric].offset == offsetof(struct load_result, failed))
            return true;
    }
    return false;
}

bool load_checks_pass(const struct load_checks *checks, const struct load_result *result)
{
    bool pass = true;

    for (size_t i = 0; i < checks->count; i++)
        pass &= load_check_judge(&checks->all[i], result).passed;
    return pass;
}
