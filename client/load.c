/*
 * preforkload: the load generator's options, and its exit status.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client/load_engine.h"
#include "client/load_payload.h"
#include "client/load_report.h"
#include "client/program.h"
#include "client/target.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"

static const char name[] = "preforkload";

enum {
    STATUS_INTERRUPTED = 130,  /* as a shell would say of SIGINT */
    DATAGRAM_SIZE_MAX = 65507, /* UDP over IPv4: udp(7) */
    OWN_DESCRIPTORS = 16,
};

#define DAY_NS (86400 * NS_PER_S)

/* The command line; -1 in a number: not given. */
struct options {
    struct target_options to;
    int64_t connections, duration_ns, requests, size, timeout_ns, hold_ns;
    int expect;
    bool keep_open, json;
};

static void print_help(void)
{
    fputs("usage: preforkload [-c FILE [-p POOL] | ENDPOINT] [options]\n"
          "\n"
          "Call a server as fast as it answers, verify every reply, report rate and latency.\n"
          "ENDPOINT is unix:PATH, unix:@NAME or inet:HOST:PORT.\n"
          "\n"
          "  -c FILE             load the server of this configuration\n"
          "  -p POOL             the pool of FILE, where it has several\n"
          "  --connections N     callers at once (4)\n"
          "  --duration D        begin requests for so long (10s, without --requests)\n"
          "  --requests N        send so many in all, then stop\n"
          "  --keep-open         many requests a connection instead of one\n"
          "  --size N            bytes a request, such as 1, 512, 4k or 1m (1)\n"
          "  --datagram          ENDPOINT is a datagram socket\n"
          "  --expect WORD       the right reply: increment, echo or any\n"
          "  --timeout D         a request has failed after so long (10s, datagrams 1s)\n"
          "  --hold D            hold all connections open at once for so long\n"
          "  --json              report as one JSON object\n"
          "  -V                  print the version\n"
          "  -h                  print this\n",
          stdout);
}

static const char *const expect_names[] = {"increment", "echo", "any", NULL};

/* The index of WORD in expect_names, or -1. */
static int find_expect(const char *word)
{
    for (int i = 0; expect_names[i] != NULL; i++) {
        if (strcmp(expect_names[i], word) == 0)
            return i;
    }
    return -1;
}

enum option_key {
    OPTION_CONNECTIONS = 256,
    OPTION_DURATION,
    OPTION_REQUESTS,
    OPTION_KEEP_OPEN,
    OPTION_SIZE,
    OPTION_DATAGRAM,
    OPTION_EXPECT,
    OPTION_TIMEOUT,
    OPTION_HOLD,
    OPTION_JSON,
};

static const struct option long_options[] = {
    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"duration", required_argument, NULL, OPTION_DURATION},
    {"requests", required_argument, NULL, OPTION_REQUESTS},
    {"keep-open", no_argument, NULL, OPTION_KEEP_OPEN},
    {"size", required_argument, NULL, OPTION_SIZE},
    {"datagram", no_argument, NULL, OPTION_DATAGRAM},
    {"expect", required_argument, NULL, OPTION_EXPECT},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"hold", required_argument, NULL, OPTION_HOLD},
    {"json", no_argument, NULL, OPTION_JSON},
    {NULL, 0, NULL, 0},
};

/* Set what a long option says from TEXT: NULL, or why not. */
static const char *set_option(struct options *options, int key, const char *text)
{
    switch (key) {
    case OPTION_CONNECTIONS:
        return number_parse_integer(text, 1, 1000000, &options->connections);
    case OPTION_DURATION:
        return number_parse_duration(text, NS_PER_MS, DAY_NS, &options->duration_ns);
    case OPTION_REQUESTS:
        return number_parse_integer(text, 1, INT64_MAX - 1, &options->requests);
    case OPTION_KEEP_OPEN:
        options->keep_open = true;
        return NULL;
    case OPTION_SIZE:
        return number_parse_size(text, 1, 1 << 30, &options->size);
    case OPTION_DATAGRAM:
        options->to.datagram = true;
        return NULL;
    case OPTION_EXPECT:
        options->expect = find_expect(text);
        return options->expect < 0 ? "is not increment, echo or any" : NULL;
    case OPTION_TIMEOUT:
        return number_parse_duration(text, NS_PER_MS, DAY_NS, &options->timeout_ns);
    case OPTION_HOLD:
        return number_parse_duration(text, NS_PER_MS, DAY_NS, &options->hold_ns);
    default:
        options->json = true;
        return NULL;
    }
}

/* -1: go on; else the status to exit with. */
static int parse_options(struct options *options, int argc, char **argv)
{
    int key, index;

    while ((key = getopt_long(argc, argv, "c:p:Vh", long_options, &index)) != -1) {
        const char *reason = NULL;

        if (key == 'V')
            return program_print_version(name);
        if (key == 'h') {
            print_help();
            return program_end(STATUS_OK);
        }
        if (key == '?')
            return program_refuse_usage(name);
        if (key == 'c')
            options->to.config = optarg;
        else if (key == 'p')
            options->to.pool = optarg;
        else
            reason = set_option(options, key, optarg);
        if (reason != NULL) {
            warnx("--%s '%s' %s", long_options[index].name, optarg, reason);
            return program_refuse_usage(name);
        }
    }
    if (options->to.config == NULL && optind < argc)
        options->to.endpoint = argv[optind++];
    if (optind == argc)
        return -1;
    warnx("one operand too many: '%s'", argv[optind]);
    return program_refuse_usage(name);
}

static struct load_plan make_plan(const struct options *options, const struct target *target)
{
    const struct pool_config *pool = target->pool;
    bool datagram = target->endpoint.type == SOCK_DGRAM;
    int expect = options->expect;
    struct load_plan plan = {
        .endpoint = target->endpoint,
        .connections = (size_t)options->connections,
        .duration_ns = options->duration_ns,
        .requests = options->requests > 0 ? options->requests : NUMBER_UNLIMITED,
        .requests_per_connection = NUMBER_UNLIMITED,
        .timeout_ns = options->timeout_ns,
        .hold_ns = options->hold_ns > 0 ? options->hold_ns : 0,
        .size = (size_t)options->size,
        .keep_open = options->keep_open || options->hold_ns > 0 || datagram,
    };

    if (plan.timeout_ns < 0)
        plan.timeout_ns = (datagram ? 1 : 10) * NS_PER_S;
    if (plan.duration_ns < 0)
        plan.duration_ns =
            options->requests > 0 || options->hold_ns > 0 ? NUMBER_UNLIMITED : 10 * NS_PER_S;
    if (pool != NULL && !datagram)
        plan.requests_per_connection = pool->requests_per_connection;
    if (expect < 0)
        expect = pool == NULL ? EXPECT_INCREMENT : find_expect(pool->service);
    plan.expect = expect < 0 ? EXPECT_ANY : (enum load_expect)expect;
    return plan;
}

/* Refuse what cannot be answered. */
static enum status check_plan(const struct options *options, const struct target *target,
                              const struct load_plan *plan)
{
    const char *lacks = NULL;

    if (plan->endpoint.type == SOCK_DGRAM && plan->size > DATAGRAM_SIZE_MAX)
        warnx("--size %zu: a datagram holds at most %d bytes", plan->size, DATAGRAM_SIZE_MAX);
    else if (plan->endpoint.type == SOCK_DGRAM && plan->hold_ns > 0)
        warnx("--hold needs connections, and datagrams have none");
    else if (plan->hold_ns > 0 && (options->requests > 0 || options->duration_ns > 0))
        warnx(
            "--hold sends two requests a connection: --requests and --duration do not go with it");
    else if (plan->requests_per_connection == 1 && plan->size > 1)
        lacks = "--size above 1 needs a pool that answers every byte";
    else if (plan->requests_per_connection == 1 && plan->keep_open)
        lacks =
            "--keep-open and --hold need a pool that answers more than one request a connection";
    else
        return STATUS_OK;
    if (lacks != NULL)
        warnx("%s: pool '%s' has requests_per_connection = 1", lacks, target->pool->name);
    return STATUS_USAGE;
}

/* Make room for all connections at once. */
static enum status raise_descriptor_limit(size_t connections)
{
    rlim_t needed = connections + OWN_DESCRIPTORS;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        die(STATUS_SYSTEM, "cannot read the descriptor limit");
    if (limit.rlim_cur >= needed)
        return STATUS_OK;
    limit.rlim_cur = limit.rlim_max;
    if (limit.rlim_max >= needed && setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return STATUS_OK;
    warnx("%zu connections need %llu descriptors and the hard limit is %llu: raise it (ulimit -Hn) "
          "or lower --connections",
          connections, (unsigned long long)needed, (unsigned long long)limit.rlim_max);
    return STATUS_SYSTEM;
}

static int report(const struct options *options, const struct target *target,
                  const struct load_plan *plan, const struct load_result *result)
{
    if (options->json)
        load_report_json(plan, result, stdout);
    else
        load_report_text(target, plan, result, stdout);
    if (program_end(STATUS_OK) != STATUS_OK)
        return STATUS_SYSTEM;
    if (result->interrupted)
        return STATUS_INTERRUPTED;
    if (result->reached == 0) {
        errno = result->connect_errno != 0 ? result->connect_errno : ETIMEDOUT;
        target_warn_unreachable(target);
        return STATUS_UNAVAILABLE;
    }
    return result->failed > 0 ? STATUS_FAILED : STATUS_OK;
}

int main(int argc, char **argv)
{
    static struct load_result result;
    struct options options = {
        .connections = 4,
        .duration_ns = -1,
        .requests = -1,
        .size = 1,
        .timeout_ns = -1,
        .hold_ns = -1,
        .expect = -1,
    };
    bool live = isatty(STDERR_FILENO) == 1;
    struct target target;
    struct load_plan plan;
    int status;

    program_start(name);
    status = parse_options(&options, argc, argv);
    if (status >= 0)
        return status;
    status = (int)target_find(&options.to, &target);
    if (status != STATUS_OK)
        return status;
    plan = make_plan(&options, &target);
    status = (int)check_plan(&options, &target, &plan);
    if (status == STATUS_OK)
        status = (int)raise_descriptor_limit(plan.connections);
    if (status == STATUS_OK) {
        if (load_run(&plan, &result, live ? load_report_progress : NULL) < 0)
            die(STATUS_SYSTEM, "cannot set up the load");
        if (live)
            load_report_clear();
        status = report(&options, &target, &plan, &result);
    }
    target_free(&target);
    return status;
}
