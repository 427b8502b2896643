/*
 * options: see options.h.
 */
#include "client/load/options.h"

#include <string.h>
#include <unistd.h>

#include "client/shared/command_line.h"
#include "client/shared/program.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "common/status.h"

#define DAY_NS   (86400 * NS_PER_S)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char name[] = "preforkload";

const char *const load_expect_names[EXPECT_BY_SERVICE] = {"increment", "echo", "any"};

static const char *take_expect(void *value, const char *text)
{
    for (int i = 0; i < EXPECT_BY_SERVICE; i++) {
        if (strcmp(load_expect_names[i], text) == 0) {
            *(enum load_expect *)value = (enum load_expect)i;
            return NULL;
        }
    }
    return "is not increment, echo or any";
}

static const char *take_check(void *value, const char *text)
{
    struct load_options *options = value;

    if (options->check_count == LOAD_CHECKS_MAX)
        return "is one check too many";
    options->checks[options->check_count++] = text;
    return NULL;
}

#define FIELD(member) offsetof(struct load_options, member)
static const struct command_option table[] = {
    {"c", "FILE", "load the server of this configuration", OPTION_TEXT, .offset = FIELD(to.config)},
    {"p", "POOL", "the pool of FILE to load, if it has several", OPTION_TEXT,
     .offset = FIELD(to.pool)},
    {"connections", "N", "clients at once (4; open loop, not kept open: 1000)", OPTION_INTEGER,
     .offset = FIELD(connections), .range = {1, 1000000}},
    {"processes", "N", "generator processes (one a core)", OPTION_INTEGER,
     .offset = FIELD(processes), .range = {1, 1024}},
    {"rate", "R", "open loop: R requests a second, on schedule", OPTION_INTEGER,
     .offset = FIELD(rate), .range = {1, 100000000}},
    {"warm-up", "D", "do not count what comes due in the first D", OPTION_DURATION,
     .offset = FIELD(warm_up_ns), .range = {0, DAY_NS}},
    {"duration", "D", "begin requests for D (10s, without --requests)", OPTION_DURATION,
     .offset = FIELD(duration_ns), .range = {NS_PER_MS, DAY_NS}},
    {"requests", "N", "send N requests in all, then stop", OPTION_INTEGER,
     .offset = FIELD(requests), .range = {1, INT64_MAX - 1}},
    {"keep-open", NULL, "many requests a connection instead of one", OPTION_FLAG,
     .offset = FIELD(keep_open)},
    {"size", "N", "bytes a request, such as 1, 512, 4k or 1m (1)", OPTION_SIZE,
     .offset = FIELD(size), .range = {1, 1 << 30}},
    {"datagram", NULL, "ENDPOINT is a datagram socket", OPTION_FLAG, .offset = FIELD(to.datagram)},
    {"expect", "WORD", "the right reply: increment, echo or any", OPTION_OTHER,
     .offset = FIELD(expect), .take = take_expect},
    {"seed", "N", "of the bytes that are sent (random)", OPTION_INTEGER, .offset = FIELD(seed),
     .range = {0, UINT32_MAX}},
    {"connect-timeout", "D", "a connection fails after D (as --timeout)", OPTION_DURATION,
     .offset = FIELD(connect_timeout_ns), .range = {NS_PER_MS, DAY_NS}},
    {"timeout", "D", "a request fails after D (10s, datagrams 1s)", OPTION_DURATION,
     .offset = FIELD(timeout_ns), .range = {NS_PER_MS, DAY_NS}},
    {"late", "D", "count the requests that took longer than D (10ms)", OPTION_DURATION,
     .offset = FIELD(late_ns), .range = {NS_PER_MS, DAY_NS}},
    {"hold", "D", "hold all connections open at once for D", OPTION_DURATION,
     .offset = FIELD(hold_ns), .range = {NS_PER_MS, DAY_NS}},
    {"check", "RULE", "such as 'p99<1ms' or 'errors<0.1%': PASS or FAIL", OPTION_OTHER,
     .take = take_check},
    {"compare", NULL, "A.json B.json: two reports side by side", OPTION_FLAG,
     .offset = FIELD(compare)},
    {"tolerance", "P%", "with --compare: fail if B is worse by more", OPTION_TEXT,
     .offset = FIELD(tolerance)},
    {"json", NULL, "report as one JSON object", OPTION_FLAG, .offset = FIELD(json)},
    {"interval", "D", "print progress every D (1s)", OPTION_DURATION, .offset = FIELD(interval_ns),
     .range = {10 * NS_PER_MS, DAY_NS}},
    {"quiet", NULL, "print no progress", OPTION_FLAG, .offset = FIELD(quiet)},
};

_Static_assert(COUNT(table) <= COMMAND_OPTIONS_MAX, "too many options for command_line_parse");

static const struct command_line command_line = {
    .program = name,
    .usage = "usage: preforkload [-c FILE [-p POOL] | ENDPOINT] [options]\n"
             "       preforkload --compare A.json B.json [--tolerance P%]\n"
             "\n"
             "Send requests to a server as fast as it answers or at a fixed rate, verify every\n"
             "reply and report rate and latency. ENDPOINT is unix:PATH, unix:@NAME or\n"
             "inet:HOST:PORT.\n"
             "\n",
    .options = table,
    .option_count = COUNT(table),
};

/* Return whether any of the options GIVEN is one of a run, not of a comparison. */
static bool is_of_run(uint64_t given)
{
    for (size_t i = 0; i < COUNT(table); i++) {
        if ((given >> i & 1) != 0 && table[i].offset != FIELD(compare) &&
            table[i].offset != FIELD(tolerance))
            return true;
    }
    return false;
}

static void set_defaults(struct load_options *options)
{
    *options = (struct load_options){
        .interval_ns = NS_PER_S, .late_ns = 10 * NS_PER_MS, .size = 1, .expect = EXPECT_BY_SERVICE};
    options->processes = options->connections = options->rate = options->warm_up_ns =
        options->duration_ns = options->requests = options->connect_timeout_ns =
            options->timeout_ns = options->hold_ns = options->seed = LOAD_NOT_GIVEN;
}

/* Take the operands, which begin at ARGV[optind], as far as they fit. Returns NULL, or what is
 * wrong. */
static const char *take_operands(struct load_options *options, bool of_run, int argc, char **argv)
{
    if (options->compare) {
        if (of_run)
            return "--compare runs no load: the only other option that it takes is --tolerance";
        if (argc - optind != 2)
            return "--compare needs two files with reports of --json";
        options->reports[0] = argv[optind++];
        options->reports[1] = argv[optind++];
    } else if (options->tolerance != NULL) {
        return "--tolerance needs --compare";
    } else if (options->to.config == NULL && optind < argc) {
        options->to.endpoint = argv[optind++];
    }
    return NULL;
}

int load_options_parse(struct load_options *options, int argc, char **argv)
{
    const char *reason;
    uint64_t given = 0;
    int status;

    set_defaults(options);
    status = command_line_parse(&command_line, options, &given, argc, argv);
    if (status != COMMAND_LINE_GO_ON)
        return status;
    reason = take_operands(options, is_of_run(given), argc, argv);
    if (reason != NULL)
        warnx("%s", reason);
    else if (optind < argc)
        warnx("one operand too many: '%s'", argv[optind]);
    else
        return COMMAND_LINE_GO_ON;
    return program_refuse_usage(name);
}
