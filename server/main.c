/*
 * main: the command line of preforkd, and its exit status.
 */
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "common/config/config.h"
#include "common/descriptors.h"
#include "common/log.h"
#include "common/number.h"
#include "common/process_title.h"
#include "common/status.h"
#include "server/preflight.h"
#include "server/server.h"
#include "server/service/service.h"
#include "server/signal_events.h"

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
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void print_help(void)
{
    puts("usage: preforkd -c FILE [-o [POOL.]KEY=VALUE]... [--ready-fd N]\n"
         "       preforkd -t|-T -c FILE [-o [POOL.]KEY=VALUE]...\n"
         "A pre-forking socket server: runs in the foreground until SIGTERM, SIGINT or SIGQUIT.\n"
         "\n"
         "  -c FILE         read the configuration from FILE\n"
         "  -o KEY=VALUE    set KEY over what the file says; POOL.KEY for one pool alone\n"
         "  -t              test the configuration and exit\n"
         "  -T              print the effective configuration, with where each value came from\n"
         "  --ready-fd N    write a newline to descriptor N when every worker accepts\n"
         "  -V, --version   print the version and exit\n"
         "  -h, --help      print this help and exit\n"
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

    if (number_parse_integer(text, STDERR_FILENO + 1, INT_MAX, &fd) != NULL)
        diex(STATUS_USAGE, "--ready-fd '%s' is not a descriptor above %d", text, STDERR_FILENO);
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
        exit(STATUS_USAGE); /* getopt_long has printed why */
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

/* Open /dev/null where 0, 1 or 2 is closed, so that no other file gets one of these numbers. */
static void fill_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR); /* without close-on-exec: these are for programs too */
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/* Returns FILE made absolute from the present working directory, to be freed. */
static char *make_absolute(const char *file)
{
    char directory[PATH_MAX];
    char *path = NULL;

    if (file[0] == '/')
        path = strdup(file);
    else if (getcwd(directory, sizeof(directory)) != NULL &&
             asprintf(&path, "%s/%s", directory, file) < 0)
        path = NULL;
    if (path == NULL)
        die(STATUS_SYSTEM, "cannot find the absolute path of %s", file);
    return path;
}

/* Print ERRORS, a line each, as the journal wants them where that is standard error. */
static void print_errors(const char *errors)
{
    const char *head = log_style_of(STDERR_FILENO) == LOG_STYLE_JOURNAL ? "<3>" : "";

    while (*errors != '\0') {
        int length = (int)strcspn(errors, "\n");

        fprintf(stderr, "%s%.*s\n", head, length, errors);
        errors += length + (errors[length] == '\n');
    }
}

/* Read SOURCE and print what is wrong with it. Returns NULL with *ERRORS, to be freed. */
static struct config *load_config(const struct config_source *source, char **errors)
{
    struct config *config = config_load(source, errors);

    if (config == NULL)
        print_errors(*errors);
    return config;
}

/* Be a master until it stops. Returns the exit status. */
static int run(const struct options *options, struct config_source *source, char **arguments)
{
    /* The path as it was executed, so that a changed link is followed (getauxval(3)). */
    char *executable = make_absolute((const char *)getauxval(AT_EXECFN));
    char *file = make_absolute(options->file), *errors = NULL;
    struct server_options server = {
        .source = source, .command = {executable, arguments}, .ready_fd = options->ready_fd};
    int status;

    signal_events_reset();
    process_title_set("preforkd: master %s", file);
    source->path = file;
    server.config = load_config(source, &errors);
    server.config_errors = errors;
    status = server_run(&server);
    free(errors);
    free(file);
    free(executable);
    return status;
}

/* Test the configuration, or print it. Returns the exit status. */
static int inspect(const struct options *options, const struct config_source *source)
{
    char *errors = NULL;
    struct config *config = load_config(source, &errors);

    free(errors);
    if (config == NULL)
        return STATUS_CONFIG;
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
    sigset_t signals;
    int status;

    signal_events_block(&signals);
    fill_standard_descriptors();
    descriptors_mark_all(); /* a program or a successor gets none that was left open by mistake */
    log_init("preforkd");
    argv = process_title_init(argv);
    if (argv == NULL)
        die(STATUS_SYSTEM, "cannot keep the arguments");
    options = parse_options(argc, argv);
    source = (struct config_source){.file = options.file,
                                    .overrides = options.overrides,
                                    .override_count = options.override_count,
                                    .services = service_names(),
                                    .owners = true,
                                    .check = options.action == ACTION_TEST ? preflight_test
                                                                           : preflight_check};
    if (options.action == ACTION_RUN) {
        status = run(&options, &source, argv);
    } else {
        signal_events_restore(&signals);
        status = inspect(&options, &source);
    }
    free(options.overrides);
    return status;
}
