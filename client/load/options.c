/*
 * options: see options.h.
 */
#include "client/load/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "client/shared/program.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "common/status.h"

#define DAY_NS   (86400 * NS_PER_S)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char name[] = "preforkload";

const char *const load_expect_names[] = {"increment", "echo", "any", NULL};

enum kind { FLAG, INTEGER, SIZE, DURATION, EXPECT, CHECK, TEXT };

/* offset: of what it sets in struct load_options; min and max: of a number. */
static const struct {
    const char *name, *argument, *help;
    enum kind kind;
    size_t offset;
    int64_t min, max;
} table[] = {
#define FIELD(member) offsetof(struct load_options, member)
    {"connections", "N", "callers at once (4; open loop, not kept open: 1000)", INTEGER,
     FIELD(connections), 1, 1000000},
    {"processes", "N", "generator processes (one a core)", INTEGER, FIELD(processes), 1, 1024},
    {"rate", "R", "open loop: R requests a second, on schedule", INTEGER, FIELD(rate), 1,
     100000000},
    {"warm-up", "D", "do not count what comes due in the first D", DURATION, FIELD(warm_up_ns), 0,
     DAY_NS},
    {"duration", "D", "begin requests for so long (10s, without --requests)", DURATION,
     FIELD(duration_ns), NS_PER_MS, DAY_NS},
    {"requests", "N", "send so many in all, then stop", INTEGER, FIELD(requests), 1, INT64_MAX - 1},
    {"keep-open", NULL, "many requests a connection instead of one", FLAG, FIELD(keep_open), 0, 0},
    {"size", "N", "bytes a request, such as 1, 512, 4k or 1m (1)", SIZE, FIELD(size), 1, 1 << 30},
    {"datagram", NULL, "ENDPOINT is a datagram socket", FLAG, FIELD(to.datagram), 0, 0},
    {"expect", "WORD", "the right reply: increment, echo or any", EXPECT, FIELD(expect), 0, 0},
    {"seed", "N", "of the bytes that are sent (another one each run)", INTEGER, FIELD(seed), 0,
     UINT32_MAX},
    {"connect-timeout", "D", "a connection has failed after so long (as --timeout)", DURATION,
     FIELD(connect_timeout_ns), NS_PER_MS, DAY_NS},
    {"timeout", "D", "a request has failed after so long (10s, datagrams 1s)", DURATION,
     FIELD(timeout_ns), NS_PER_MS, DAY_NS},
    {"late", "D", "count the requests that took longer (10ms)", DURATION, FIELD(late_ns), NS_PER_MS,
     DAY_NS},
    {"hold", "D", "hold all connections open at once for so long", DURATION, FIELD(hold_ns),
     NS_PER_MS, DAY_NS},
    {"check", "RULE", "such as 'p99<1ms' or 'errors<0.1%': PASS or FAIL", CHECK, 0, 0, 0},
    {"compare", NULL, "A.json B.json: two reports side by side", FLAG, FIELD(compare), 0, 0},
    {"tolerance", "P%", "with --compare: fail where B is worse by more", TEXT, FIELD(tolerance), 0,
     0},
    {"json", NULL, "report as one JSON object", FLAG, FIELD(json), 0, 0},
    {"interval", "D", "how often to tell of progress (1s)", DURATION, FIELD(interval_ns),
     10 * NS_PER_MS, DAY_NS},
    {"quiet", NULL, "tell of no progress", FLAG, FIELD(quiet), 0, 0},
#undef FIELD
};

static void print_help(void)
{
    fputs("usage: preforkload [-c FILE [-p POOL] | ENDPOINT] [options]\n"
          "       preforkload --compare A.json B.json [--tolerance P%]\n"
          "\n"
          "Call a server as fast as it answers or at a fixed rate, verify every reply and\n"
          "report rate and latency. ENDPOINT is unix:PATH, unix:@NAME or inet:HOST:PORT.\n"
          "\n"
          "  -c FILE               load the server of this configuration\n"
          "  -p POOL               the pool of FILE, where it has several\n",
          stdout);
    for (size_t i = 0; i < COUNT(table); i++)
        printf("  --%s %-*s%s\n", table[i].name, 19 - (int)strlen(table[i].name),
               table[i].argument != NULL ? table[i].argument : "", table[i].help);
    fputs("  -V                    print the version\n"
          "  -h                    print this\n",
          stdout);
}

/* Each parses TEXT into what belongs to it: NULL, or why not. */

static const char *parse_expect(const char *text, int64_t *expect)
{
    for (int i = 0; load_expect_names[i] != NULL; i++) {
        if (strcmp(load_expect_names[i], text) == 0) {
            *expect = i;
            return NULL;
        }
    }
    return "is not increment, echo or any";
}

static const char *add_check(struct load_options *options, const char *text)
{
    if (options->check_count == LOAD_CHECKS_MAX)
        return "is one check too many";
    options->checks[options->check_count++] = text;
    return NULL;
}

static bool is_of_compare(size_t index)
{
    return table[index].offset == offsetof(struct load_options, compare) ||
           table[index].offset == offsetof(struct load_options, tolerance);
}

static const char *set_option(struct load_options *options, size_t index, const char *text)
{
    void *field = (char *)options + table[index].offset;
    int64_t min = table[index].min, max = table[index].max;

    options->of_run |= !is_of_compare(index);
    switch (table[index].kind) {
    case FLAG:
        *(bool *)field = true;
        return NULL;
    case INTEGER:
        return number_parse_integer(text, min, max, field);
    case SIZE:
        return number_parse_size(text, min, max, field);
    case DURATION:
        return number_parse_duration(text, min, max, field);
    case EXPECT:
        return parse_expect(text, field);
    case CHECK:
        return add_check(options, text);
    default:
        *(const char **)field = text;
        return NULL;
    }
}

static void set_defaults(struct load_options *options)
{
    *options = (struct load_options){.interval_ns = NS_PER_S, .late_ns = 10 * NS_PER_MS, .size = 1};
    options->processes = options->connections = options->rate = options->warm_up_ns =
        options->duration_ns = options->requests = options->connect_timeout_ns =
            options->timeout_ns = options->hold_ns = options->seed = options->expect =
                LOAD_NOT_GIVEN;
}

/* Those of one letter, and help: LOAD_GO_ON, or the status to exit with. */
static int take_letter(struct load_options *options, int key)
{
    switch (key) {
    case 'c':
        options->to.config = optarg;
        options->of_run = true;
        return LOAD_GO_ON;
    case 'p':
        options->to.pool = optarg;
        options->of_run = true;
        return LOAD_GO_ON;
    case 'V':
        return program_print_version(name);
    case 'h':
        print_help();
        return program_end(STATUS_OK);
    default:
        return program_refuse_usage(name);
    }
}

static int take_options(struct load_options *options, int argc, char **argv)
{
    struct option names[COUNT(table) + 1] = {0};
    const char *reason = NULL;
    int key, index = 0, status = LOAD_GO_ON;

    for (size_t i = 0; i < COUNT(table); i++) {
        names[i].name = table[i].name;
        names[i].has_arg = table[i].argument != NULL ? required_argument : no_argument;
    }
    while (status == LOAD_GO_ON && reason == NULL &&
           (key = getopt_long(argc, argv, "c:p:Vh", names, &index)) != -1) {
        if (key == 0)
            reason = set_option(options, (size_t)index, optarg);
        else
            status = take_letter(options, key);
    }
    if (reason == NULL)
        return status;
    warnx("--%s '%s' %s", table[index].name, optarg, reason);
    return program_refuse_usage(name);
}

/* The operands, which begin at ARGV[optind]: NULL, or what is wrong with them. */
static const char *take_operands(struct load_options *options, int argc, char **argv)
{
    if (options->compare) {
        if (options->of_run)
            return "--compare loads nothing: of the other options only --tolerance goes with it";
        if (argc - optind != 2)
            return "--compare takes two reports that --json printed";
        options->reports[0] = argv[optind++];
        options->reports[1] = argv[optind++];
    } else if (options->tolerance != NULL) {
        return "--tolerance goes with --compare";
    } else if (options->to.config == NULL && optind < argc) {
        options->to.endpoint = argv[optind++];
    }
    return NULL;
}

int load_options_parse(struct load_options *options, int argc, char **argv)
{
    const char *reason;
    int status;

    set_defaults(options);
    status = take_options(options, argc, argv);
    if (status != LOAD_GO_ON)
        return status;
    reason = take_operands(options, argc, argv);
    if (reason != NULL)
        warnx("%s", reason);
    else if (optind < argc)
        warnx("one operand too many: '%s'", argv[optind]);
    else
        return LOAD_GO_ON;
    return program_refuse_usage(name);
}
