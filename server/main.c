/*
 * main: the command line of preforkd, and its exit status.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/config.h"
#include "common/log.h"
#include "common/number.h"
#include "common/status.h"
#include "server/master.h"
#include "server/service.h"
#include "server/state.h"

enum action { ACTION_RUN, ACTION_TEST, ACTION_DUMP };

struct options {
    enum action action;
    const char *file;
    const char **overrides;
    size_t override_count;
    int ready_fd; /* -1: none */
};

enum { OPTION_READY_FD = 256 };

static const struct option long_options[] = {
    {"ready-fd", required_argument, NULL, OPTION_READY_FD},
    {NULL, 0, NULL, 0},
};

static void print_help(void)
{
    puts("preforkd -c FILE [-o [POOL.]KEY=VALUE]... [--ready-fd N]\n"
         "preforkd -t|-T -c FILE [-o [POOL.]KEY=VALUE]...\n"
         "A pre-forking socket server: runs in the foreground until SIGTERM, SIGINT or SIGQUIT.\n"
         "\n"
         "  -c FILE         read the configuration from FILE\n"
         "  -o KEY=VALUE    set KEY over what the file says; POOL.KEY for one pool alone\n"
         "  -t              test the configuration and exit\n"
         "  -T              print the effective configuration, with where each value came from\n"
         "  --ready-fd N    write a newline to descriptor N when every worker accepts\n"
         "  -V              print the version and exit\n"
         "  -h              print this help and exit\n"
         "\n"
         "See preforkd(8) and preforkd.conf(5).");
}

static __attribute__((noreturn)) void usage(const char *why)
{
    diex(STATUS_USAGE, "%s; see preforkd -h", why);
}

static int parse_ready_fd(const char *text)
{
    int64_t fd;
    int flags;

    if (number_parse_integer(text, STDERR_FILENO + 1, INT_MAX, &fd) != NULL)
        diex(STATUS_USAGE, "--ready-fd '%s' is not a descriptor above %d", text, STDERR_FILENO);
    flags = fcntl((int)fd, F_GETFD);
    if (flags < 0 || fcntl((int)fd, F_SETFD, flags | FD_CLOEXEC) < 0)
        die(STATUS_USAGE, "--ready-fd %s", text);
    return (int)fd;
}

static void add_override(struct options *options, const char *override)
{
    options->overrides =
        reallocarray(options->overrides, options->override_count + 1, sizeof(*options->overrides));
    if (options->overrides == NULL)
        die(STATUS_SYSTEM, "cannot keep -o %s", override);
    options->overrides[options->override_count++] = override;
}

static void parse_option(struct options *options, int option)
{
    switch (option) {
    case 'c':
        options->file = optarg;
        break;
    case 'o':
        add_override(options, optarg);
        break;
    case 't':
        options->action = ACTION_TEST;
        break;
    case 'T':
        options->action = ACTION_DUMP;
        break;
    case OPTION_READY_FD:
        options->ready_fd = parse_ready_fd(optarg);
        break;
    case 'V':
        puts("preforkd " VERSION);
        exit(STATUS_OK);
    case 'h':
        print_help();
        exit(STATUS_OK);
    default:
        exit(STATUS_USAGE); /* getopt has said why */
    }
}

static struct options parse_options(int argc, char **argv)
{
    struct options options = {.ready_fd = -1};
    int option;

    while ((option = getopt_long(argc, argv, "c:o:tTVh", long_options, NULL)) != -1)
        parse_option(&options, option);
    if (optind < argc)
        diex(STATUS_USAGE, "unexpected argument '%s'; see preforkd -h", argv[optind]);
    if (options.file == NULL)
        usage("no configuration, -c FILE is required");
    return options;
}

/* Open /dev/null wherever 0, 1 or 2 is closed, so that nothing of ours ever gets those numbers. */
static void fill_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR); /* without close-on-exec: these are for programs too */
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/* The configuration, or the end with all its errors. */
static struct config *load_config(const struct options *options, const struct config_source *source)
{
    char *errors = NULL;
    struct config *config = config_load(source, &errors);

    if (config != NULL)
        return config;
    fputs(errors, stderr);
    free(errors);
    free(options->overrides);
    exit(STATUS_CONFIG);
}

/* The exit status of the last step, by which CONFIG is freed. */
static int act(const struct options *options, const struct config_source *source,
               struct config *config)
{
    struct failure failure = {.status = STATUS_OK};

    if (options->action == ACTION_RUN) {
        if (master_run(source, config, options->ready_fd, &failure) == 0)
            return STATUS_OK;
        log_line(LOG_ERROR, "%s", failure.message); /* at any log_level */
        return (int)failure.status;
    }
    if (options->action == ACTION_TEST)
        printf("%s: configuration ok\n", options->file);
    else
        config_dump(config, stdout);
    config_free(config);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return STATUS_OK;
    warn("cannot write to standard output");
    return STATUS_SYSTEM;
}

int main(int argc, char **argv)
{
    struct config_source source;
    struct options options;
    int status;

    fill_standard_descriptors();
    log_init("preforkd");
    options = parse_options(argc, argv);
    if (options.action == ACTION_RUN)
        state_block_signals();
    source = (struct config_source){.file = options.file,
                                    .overrides = options.overrides,
                                    .override_count = options.override_count,
                                    .services = service_names()};
    status = act(&options, &source, load_config(&options, &source));
    free(options.overrides);
    return status;
}
