/*
 * advice: see advice.h.
 */
#include "common/config/advice.h"

#include <ctype.h>
#include <string.h>

static const char of_workers[] = "'workers' does that: a number, or a range such as 5..300";
static const char of_spare[] =
    "a range such as 'workers = 5..300' lets a pool grow, and 'spare' is "
    "how many workers stay idle; with 0..300 none runs until a client connects";
static const char of_address[] = "'path' does that in unix mode, 'address' and 'port' in inet mode";
static const char of_recycling[] = "'max_connections_per_worker' does that";
static const char of_timeouts[] = "'idle_timeout' and 'max_connection_time' are the deadlines of a "
                                  "connection, 'stop_timeout' that of a stop";
static const char of_stop[] = "'stop_timeout' does that";
static const char of_daemon[] = "preforkd stays in the foreground, where a service manager or '&' "
                                "starts it";
static const char of_user[] = "'user' does that, and 'group'";
static const char of_root[] = "'chroot' does that";
static const char of_log[] = "'log' does that";
static const char of_command[] =
    "'command' does that, the program and its arguments, where 'service = program'";
static const char of_call[] =
    "'service = program' runs 'command' for each connection, with 'start = call'";
static const char of_environment[] =
    "'environment' does that: NAME=VALUE, with blanks between several";
static const char of_directory[] = "'directory' does that";
static const char of_signals[] =
    "with 'start = resident' 'stop_signal' does that; other programs get TERM, and after "
    "'kill_after' KILL";

static const char of_sandbox[] = "'sandbox' does that, for programs 'no_new_privileges'";
static const char of_allow[] =
    "'allow' does that, and 'deny': addresses and networks, or user:NAME and group:NAME";
static const char of_source[] =
    "'max_per_source' does that: connections at once from one address or user";
static const char of_rate[] =
    "'max_rate_per_source' does that: connections a second from one address or user";
static const char of_files[] = "'limit_files' does that";
static const char of_memory[] = "'limit_memory' does that, for each process";
static const char of_cpu[] = "'limit_cpu' does that, for each program";
static const char of_processes[] = "'limit_processes' does that, for all of the user's";
static const char of_nice[] = "'nice' does that";
static const char of_proxy[] = "'proxy_protocol = required' does that, with 'proxy_from'";

static const struct config_advice advices[] = {
    {"accept", of_call, {0}},
    {"acceptproxy", of_proxy, {0}},
    {"accesslog", "'log_connections = yes' does that", {0}},
    {"args", of_command, {"command"}},
    {"arguments", of_command, {"command"}},
    {"background", of_daemon, {0}},
    {"bind", of_address, {"path", "port"}},
    {"bindaddress", "'address' does that", {"address"}},
    {"chdir", of_directory, {0}},
    {"cheaper", of_spare, {0}},
    {"children", of_workers, {"workers"}},
    {"chmodsocket", "'socket_permissions' does that", {0}},
    {"chrootdir", of_root, {0}},
    {"clearenv", "a program gets what 'environment' says, and PATH, LANG and TZ", {0}},
    {"cmd", of_command, {"command"}},
    {"cps", of_rate, {0}},
    {"cwd", of_directory, {0}},
    {"daemon", of_daemon, {0}},
    {"daemonize", of_daemon, {0}},
    {"env", of_environment, {0}},
    {"environmentfile", of_environment, {0}},
    {"errorlog", of_log, {0}},
    {"exec", of_command, {"command"}},
    {"execstart", of_command, {"command"}},
    {"foreground", of_daemon, {0}},
    {"gid", of_user, {0}},
    {"gracefulshutdowntimeout", of_stop, {0}},
    {"gracefultimeout", of_stop, {0}},
    {"harakiri", "'max_connection_time' does that", {0}},
    {"host", "'address' does that", {0}},
    {"include", "one file has it all, with a section [pool NAME] for each pool", {0}},
    {"instances", of_workers, {0}},
    {"ip", "'address' does that", {0}},
    {"ipaddressallow", of_allow, {0}},
    {"ipaddressdeny", of_allow, {0}},
    {"keepalive", "'idle_timeout' and 'requests_per_connection' do that", {0}},
    {"keepalivetimeout", "'idle_timeout' does that", {0}},
    {"killsignal", of_signals, {0}},
    {"limitconn", of_source, {0}},
    {"limitreq", of_rate, {0}},
    {"limitas", of_memory, {0}},
    {"limitcpu", of_cpu, {0}},
    {"limitdata", of_memory, {0}},
    {"limitnice", of_nice, {0}},
    {"limitnofile", of_files, {0}},
    {"limitnproc", of_processes, {0}},
    {"listen", of_address, {"path", "port"}},
    {"listenaddress", "'address' does that", {0}},
    {"listenallowedclients", of_allow, {0}},
    {"listenbacklog", "'backlog' does that", {0}},
    {"listengroup", "'socket_group' does that", {0}},
    {"listenmode", "'socket_permissions' does that", {0}},
    {"listenowner", "'socket_owner' does that", {0}},
    {"listenport", "'port' does that", {"port"}},
    {"listenstream", of_address, {"path", "port"}},
    {"logfile", of_log, {0}},
    {"maxchildren", of_workers, {0}},
    {"maxclients", of_workers, {0}},
    {"maxconnections", of_workers, {0}},
    {"maxconnectionsperchild", of_recycling, {0}},
    {"maxconnectionsperip", of_source, {0}},
    {"maxconnectionspersource", of_source, {0}},
    {"maxrequests", of_recycling, {0}},
    {"maxrequestsperchild", of_recycling, {0}},
    {"maxrequestworkers", of_workers, {0}},
    {"maxspareservers", of_spare, {0}},
    {"memorymax", of_memory, {0}},
    {"minspareservers", of_spare, {0}},
    {"noaccess", of_allow, {0}},
    {"nonewprivileges", "'no_new_privileges' does that, for programs", {0}},
    {"onlyfrom", of_allow, {0}},
    {"passenv", of_environment, {0}},
    {"passenvironment", of_environment, {0}},
    {"persource", of_source, {0}},
    {"persourcemaxstartups", of_source, {0}},
    {"pid", "'pid_file' does that", {0}},
    {"pm", of_spare, {0}},
    {"priority", of_nice, {0}},
    {"processcontroltimeout", of_stop, {0}},
    {"processes", of_workers, {0}},
    {"processidletimeout", "'spare_timeout' does that", {0}},
    {"processpriority", of_nice, {0}},
    {"program", of_command, {"command"}},
    {"protocol", "'mode' is unix or inet, 'type' is stream or datagram", {"mode"}},
    {"proxy", of_proxy, {0}},
    {"proxyallowfrom", "'proxy_from' does that", {0}},
    {"proxymode", of_proxy, {0}},
    {"realipheader", of_proxy, {0}},
    {"requestterminatetimeout", "'max_connection_time' does that", {0}},
    {"rlimitas", of_memory, {0}},
    {"rlimitcpu", of_cpu, {0}},
    {"rlimitdata", of_memory, {0}},
    {"rlimitfiles", of_files, {0}},
    {"rlimitmem", of_memory, {0}},
    {"rlimitnproc", of_processes, {0}},
    {"rootdirectory", of_root, {0}},
    {"runas", of_user, {0}},
    {"runasuser", of_user, {0}},
    {"script", of_command, {"command"}},
    {"seccomp", of_sandbox, {0}},
    {"sendproxy", of_proxy, {0}},
    {"server", of_command, {"command"}},
    {"serverargs", of_command, {"command"}},
    {"serverlimit", of_workers, {0}},
    {"setrealipfrom", "'proxy_from' does that", {0}},
    {"socket", of_address, {"path", "port"}},
    {"socketmode", "'socket_permissions' does that", {0}},
    {"socketpath", "'path' does that", {"path"}},
    {"sockettype", "'type' does that: stream or datagram", {0}},
    {"startservers", of_workers, {0}},
    {"statssocket", "'control' does that", {0}},
    {"stopsignal", of_signals, {0}},
    {"stopwaitsecs", "'kill_after' does that for a program, 'stop_timeout' for the master", {0}},
    {"syslog", of_log, {0}},
    {"systemcallfilter", of_sandbox, {0}},
    {"tasksmax", of_processes, {0}},
    {"threads", "each connection has a process to itself, and 'workers' is their number", {0}},
    {"timeout", of_timeouts, {0}},
    {"timeoutstopsec", of_stop, {0}},
    {"trustedproxies", "'proxy_from' does that", {0}},
    {"trustedproxy", "'proxy_from' does that", {0}},
    {"uid", of_user, {0}},
    {"wait", of_call, {0}},
    {"workdir", of_directory, {0}},
    {"workerconnections",
     "a worker serves one connection at a time, and 'workers' is their number",
     {0}},
    {"workerpriority", of_nice, {0}},
    {"workerprocesses", of_workers, {0}},
    {"workerrlimitnofile", of_files, {0}},
    {"workershutdowntimeout", of_stop, {0}},
    {"workingdirectory", of_directory, {0}},
};

const struct config_advice *config_advice_find(const char *word)
{
    char plain[32];
    size_t length = 0;

    if (strncmp(word, "pm.", 3) == 0)
        word += 3;
    /* PHP-FPM's env[NAME] is env. */
    for (; *word != '\0' && *word != '[' && length < sizeof(plain) - 1; word++) {
        if (strchr("-_.", *word) == NULL)
            plain[length++] = (char)tolower((unsigned char)*word);
    }
    plain[length] = '\0';
    for (size_t i = 0; i < sizeof(advices) / sizeof(*advices); i++) {
        if (strcmp(plain, advices[i].word) == 0)
            return &advices[i];
    }
    return NULL;
}
