/*
 * pseudo_terminal: a terminal for a program under test, its output as it has come so far, keys that
 * are pressed on it, and whether its settings are as before. The test leads a session as a shell
 * does, with the pseudo-terminal as its terminal.
 */
#ifndef PREFORKD_TESTS_UNIT_PSEUDO_TERMINAL_H
#define PREFORKD_TESTS_UNIT_PSEUDO_TERMINAL_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "common/clock.h"

static int terminal, ours;  /* the two ends of the pseudo-terminal */
static char shown[1 << 16]; /* the output since begin() */
static struct termios before;

static inline void need(bool good, const char *what)
{
    if (good)
        return;
    printf("Bail out! %s: %s\n", what, strerror(errno));
    _exit(1);
}

static inline void set_size(unsigned short columns, unsigned short rows)
{
    const struct winsize size = {.ws_col = columns, .ws_row = rows};

    need(ioctl(terminal, TIOCSWINSZ, &size) == 0, "TIOCSWINSZ");
}

static inline void open_terminal(void)
{
    const char *name;
    sigset_t output;

    need(setsid() >= 0, "setsid");
    terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    need(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0, "posix_openpt");
    name = ptsname(terminal);
    ours = name != NULL ? open(name, O_RDWR | O_CLOEXEC) : -1;
    need(ours >= 0 && tcgetattr(ours, &before) == 0, "the pseudo-terminal");
    /* This process calls tcsetpgrp(3) while another group is in the foreground. */
    sigemptyset(&output);
    sigaddset(&output, SIGTTOU);
    sigprocmask(SIG_BLOCK, &output, NULL);
}

/* Read output for 5 s at most. Returns whether TEXT has come. */
static inline bool await(const char *text)
{
    int64_t deadline_ns = clock_now_ns() + 5 * NS_PER_S;
    struct pollfd output = {.fd = terminal, .events = POLLIN};

    while (strstr(shown, text) == NULL) {
        size_t used = strlen(shown);
        int left_ms = (int)((deadline_ns - clock_now_ns()) / NS_PER_MS);
        ssize_t got = -1;

        if (left_ms > 0 && used + 1 < sizeof(shown) && poll(&output, 1, left_ms) == 1)
            got = read(terminal, shown + used, sizeof(shown) - used - 1);
        if (got <= 0)
            return false;
        shown[used + (size_t)got] = '\0';
    }
    return true;
}

/* The same, of output that has yet to be read. */
static inline bool await_anew(const char *text)
{
    memset(shown, 0, sizeof(shown));
    return await(text);
}

static inline void press(char key)
{
    need(write(terminal, &key, 1) == 1, "a key");
}

static inline bool is_as_before(void)
{
    struct termios now;

    return tcgetattr(ours, &now) == 0 && now.c_lflag == before.c_lflag &&
           now.c_iflag == before.c_iflag && now.c_oflag == before.c_oflag;
}

#endif
