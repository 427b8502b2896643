/*
 * main: the command line of preforkd, and its exit status.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "common/config/config.h"
#include "common/log.h"
#include "common/number.h"
#include "common/process_title.h"
#include "common/status.h"
#include "server/master/master.h"
#include "server/net/socket_activation.h"
#include "server/server.h"
#include "server/service/service.h"

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

    if (number_parse_integer(text, STDERR_FILENO + 1, INT_MAX, &fd) != NULL)
        diex(STATUS_USAGE, "--ready-fd '%s' is not a descriptor above %d", text, STDERR_FILENO);
    return (int)fd;
}

/* Nobody but we may have it. Whoever waits there was told by a predecessor, and the number may be
 * another descriptor's now. */
static int claim_ready_fd(struct server_start *start, struct failure *failure)
{
    if (start->takeover.predecessor != 0)
        start->ready_fd = -1;
    if (start->ready_fd >= 0 && fcntl(start->ready_fd, F_SETFD, FD_CLOEXEC) < 0)
        return fail(failure, STATUS_USAGE, "--ready-fd %d: %s", start->ready_fd, strerror(errno));
    return 0;
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

/* FILE, absolute from the working directory as it is now; to be freed. */
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
        die(STATUS_SYSTEM, "cannot tell where %s is", file);
    return path;
}

/* What SOURCE says, or NULL with all its errors told, here and to a predecessor. */
static struct config *load_config(const struct config_source *source,
                                  const struct takeover *takeover)
{
    char *errors = NULL;
    struct config *config = config_load(source, &errors);

    if (config != NULL)
        return config;
    fputs(errors, stderr);
    if (takeover != NULL)
        takeover_fail(takeover, errors);
    free(errors);
    return NULL;
}

/* Be a master until it stops; the exit status. */
static int serve(struct server_start *start)
{
    struct failure failure;
    struct config *config;

    if (takeover_begin(&start->takeover, &start->inherited, &failure) == 0 &&
        claim_ready_fd(start, &failure) == 0) {
        socket_activation_take(&start->inherited);
        config = load_config(start->source, &start->takeover);
        if (config == NULL)
            return STATUS_CONFIG;
        if (server_run(config, start, &failure) == 0)
            return STATUS_OK;
    }
    log_line(LOG_ERROR, "%s", failure.message); /* at any log_level */
    takeover_fail(&start->takeover, failure.message);
    return (int)failure.status;
}

static int run(const struct options *options, const struct config_source *source, char **arguments)
{
    /* As it was started, so that a link that changes is followed (getauxval(3)). */
    char *executable = make_absolute((const char *)getauxval(AT_EXECFN));
    struct server_start start = {.source = source,
                                 .command = {executable, arguments},
                                 .inherited = inherited_empty(),
                                 .ready_fd = options->ready_fd};
    char *file = make_absolute(options->file);
    int status;

    process_title_set("preforkd: master %s", file);
    free(file);
    master_block_signals();
    status = serve(&start);
    inherited_close(&start.inherited);
    takeover_close(&start.takeover);
    free(executable);
    return status;
}

/* Test the configuration, or print it; the exit status. */
static int look(const struct options *options, const struct config_source *source)
{
    struct config *config = load_config(source, NULL);

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
    int status;

    fill_standard_descriptors();
    log_init("preforkd");
    argv = process_title_init(argv);
    if (argv == NULL)
        die(STATUS_SYSTEM, "cannot keep the arguments");
    options = parse_options(argc, argv);
    source = (struct config_source){.file = options.file,
                                    .overrides = options.overrides,
                                    .override_count = options.override_count,
                                    .services = service_names()};
    status = options.action == ACTION_RUN ? run(&options, &source, argv) : look(&options, &source);
    free(options.overrides);
    return status;
}
