/*
 * environment: see environment.h.
 */
#include "server/program/environment.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config/words.h"
#include "common/text.h"

/* PATH, LANG and TZ; and of each connection so many variables, and so much text. */
enum { OWN_VARIABLES = 3, CONNECTION_VARIABLES = 8, TEXT_SIZE = 1024, NUMBER_SIZE = 24 };

/* What UCSPI calls the addresses of a connection. */
struct names {
    const char *protocol, *local_ip, *local_port, *remote_ip, *remote_port;
};

static const struct names tcp = {"TCP", "TCPLOCALIP", "TCPLOCALPORT", "TCPREMOTEIP",
                                 "TCPREMOTEPORT"},
                          udp = {"UDP", "UDPLOCALIP", "UDPLOCALPORT", "UDPREMOTEIP",
                                 "UDPREMOTEPORT"};

static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static struct {
    char **variables; /* the fixed ones, then those of the connection, then NULL */
    size_t fixed, count;
    char **names; /* the fixed ones again, each at the hash of its name or behind it */
    size_t names_size;
    char text[TEXT_SIZE]; /* of those of the connection */
    size_t used;
} self;

/* Return the place among the names of the fixed variable that is called as VARIABLE is; NULL is
 * there where none is. At most half of the places are taken, so there is an end. */
static char **find_name(const char *variable)
{
    size_t length = strcspn(variable, "=") + 1;
    size_t at = text_hash(variable, length) % self.names_size;

    while (self.names[at] != NULL && strncmp(self.names[at], variable, length) != 0)
        at = (at + 1) % self.names_size;
    return &self.names[at];
}

/* Add VARIABLE unless there is one of its name. */
static void add_fixed(char *variable)
{
    char **name = variable == NULL ? NULL : find_name(variable);

    if (name == NULL || *name != NULL)
        return;
    *name = variable;
    self.variables[self.fixed++] = variable;
}

/* Return NAME=VALUE as the master has it; NULL where it has none, or there is no memory. */
static char *of_master(const char *name)
{
    const char *value = getenv(name);
    char *variable;

    return value == NULL || asprintf(&variable, "%s=%s", name, value) < 0 ? NULL : variable;
}

int environment_begin(const char *settings)
{
    char **words = config_words(settings == NULL ? "" : settings);
    size_t count = 0;

    if (words == NULL)
        return -1;
    while (words[count] != NULL)
        count++;
    self.names_size = 2 * (count + OWN_VARIABLES);
    self.names = calloc(self.names_size, sizeof(*self.names));
    self.variables =
        calloc(count + OWN_VARIABLES + CONNECTION_VARIABLES + 1, sizeof(*self.variables));
    if (self.names == NULL || self.variables == NULL)
        return -1;
    /* The last one of a name counts, as in a shell. */
    while (count > 0)
        add_fixed(words[--count]);
    add_fixed(path);
    add_fixed(of_master("LANG"));
    add_fixed(of_master("TZ"));
    return 0;
}

/* Add NAME=VALUE, unless the configuration has a variable of that name. Each connection has seven
 * or so, which would take half as long again by printf(3). */
static void add(const char *name, const char *value)
{
    size_t size = strlen(name) + strlen("=") + strlen(value) + 1;
    char *variable = self.text + self.used;

    if (size > sizeof(self.text) - self.used)
        return;
    *variable = '\0';
    text_append(variable, size, name);
    text_append(variable, size, "=");
    text_append(variable, size, value);
    if (*find_name(variable) != NULL)
        return;
    self.used += size;
    self.variables[self.count++] = variable;
}

static void add_number(const char *name, int64_t value)
{
    char text[NUMBER_SIZE] = "";

    text_append_number(text, sizeof(text), value);
    add(name, text);
}

static void print_ipv4(const void *address, char text[INET6_ADDRSTRLEN])
{
    const unsigned char *bytes = address;

    *text = '\0';
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            text_append(text, INET6_ADDRSTRLEN, ".");
        text_append_number(text, INET6_ADDRSTRLEN, bytes[i]);
    }
}

/* Write the host of ADDRESS to TEXT, an IPv4 client of an IPv6 socket as IPv4. Returns its port. */
static unsigned int print_host(const union endpoint_address *address, char text[INET6_ADDRSTRLEN])
{
    const struct in6_addr *six = &address->inet6.sin6_addr;

    if (address->any.sa_family == AF_INET) {
        print_ipv4(&address->inet4.sin_addr, text);
        return ntohs(address->inet4.sin_port);
    }
    if (IN6_IS_ADDR_V4MAPPED(six))
        print_ipv4(six->s6_addr + 12, text);
    else
        inet_ntop(AF_INET6, six, text, INET6_ADDRSTRLEN);
    return ntohs(address->inet6.sin6_port);
}

static void add_inet(const struct names *names, const union endpoint_address *own,
                     const union endpoint_address *peer)
{
    char text[INET6_ADDRSTRLEN] = "";
    unsigned int port = print_host(own, text);

    add("PROTO", names->protocol);
    add(names->local_ip, text);
    add_number(names->local_port, port);
    port = print_host(peer, text);
    add(names->remote_ip, text);
    add_number(names->remote_port, port);
    add("REMOTE_ADDR", text);
    add_number("REMOTE_PORT", port);
}

/* Add NAME with the path of the unix ADDRESS, of LENGTH bytes; `@` begins an abstract name. */
static void add_path(const char *name, const union endpoint_address *address, socklen_t length)
{
    char text[sizeof(address->unix_domain.sun_path) + 1] = "";
    size_t size = length - offsetof(struct sockaddr_un, sun_path);

    if (size >= sizeof(text))
        size = sizeof(text) - 1;
    memcpy(text, address->unix_domain.sun_path, size);
    if (size > 1 && text[0] == '\0')
        text[0] = '@';
    add(name, text);
}

static void add_unix(const union endpoint_address *own, socklen_t length)
{
    add("PROTO", "UNIX");
    add_path("UNIXLOCALPATH", own, length);
}

static void add_process(int fd)
{
    struct ucred peer;
    socklen_t peer_size = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) < 0)
        return;
    add_number("UNIXREMOTEPID", peer.pid);
    add_number("UNIXREMOTEEUID", peer.uid);
    add_number("UNIXREMOTEEGID", peer.gid);
}

/* Add what is known of a TCP connection to BOUND; it is counted where the operator limits that. */
static void add_tcp(const union endpoint_address *bound, const struct environment_facts *facts)
{
    add_inet(&tcp, bound, facts->peer);
    if (facts->from_source > 0)
        add_number("TCPCONNNUM", (int64_t)facts->from_source);
}

char *const *environment_of(int fd, const struct environment_facts *facts)
{
    union endpoint_address bound;
    socklen_t length = sizeof(bound);
    bool is_proxied = facts->own != NULL;

    self.count = self.fixed;
    self.used = 0;
    memset(&bound, 0, sizeof(bound));
    if (is_proxied) {
        bound = *facts->own;
        length = facts->own_length;
    } else if (getsockname(fd, &bound.any, &length) < 0) {
        bound.any.sa_family = AF_UNSPEC;
    }
    if (bound.any.sa_family == AF_UNIX)
        add_unix(&bound, length);
    else if (bound.any.sa_family != AF_UNSPEC)
        add_tcp(&bound, facts);
    /* The process at the other end of a proxy's socket is the proxy. */
    if (bound.any.sa_family == AF_UNIX && !is_proxied)
        add_process(fd);
    self.variables[self.count] = NULL;
    return self.variables;
}

char *const *environment_of_resident(const char *named, const char *notify_socket,
                                     int64_t watchdog_ns)
{
    self.count = self.fixed;
    self.used = 0;
    if (named != NULL) {
        add("LISTEN_FDS", "1");
        add_number("LISTEN_PID", getpid());
        add("LISTEN_FDNAMES", named);
    }
    if (notify_socket != NULL) {
        add("NOTIFY_SOCKET", notify_socket);
        add_number("WATCHDOG_USEC", watchdog_ns / 1000);
    }
    self.variables[self.count] = NULL;
    return self.variables;
}

char *const *environment_of_none(void)
{
    self.variables[self.fixed] = NULL;
    return self.variables;
}

/* The process that has sent a datagram is unknown. A sender without an address has no path. */
char *const *environment_of_datagram(int fd, const union endpoint_address *peer, socklen_t length)
{
    union endpoint_address bound;
    socklen_t bound_length = sizeof(bound);

    self.count = self.fixed;
    self.used = 0;
    memset(&bound, 0, sizeof(bound));
    if (getsockname(fd, &bound.any, &bound_length) < 0)
        bound.any.sa_family = AF_UNSPEC;
    if (bound.any.sa_family == AF_UNIX)
        add_unix(&bound, bound_length);
    else if (bound.any.sa_family != AF_UNSPEC)
        add_inet(&udp, &bound, peer);
    if (bound.any.sa_family == AF_UNIX && length > sizeof(peer->any.sa_family))
        add_path("UNIXREMOTEPATH", peer, length);
    self.variables[self.count] = NULL;
    return self.variables;
}
