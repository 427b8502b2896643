/*
 * terminal: see terminal.h.
 */
#include "client/ctl/view/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/io.h"
#include "common/status.h"

/* Switch to the alternate screen, hide the cursor, do not wrap lines; and undo that, and
 * colours. */
static const char begin[] = "\033[?1049h\033[?25l\033[?7l";
static const char end[] = "\033[0m\033[?7h\033[?25h\033[?1049l";

enum { COLUMNS = 80, ROWS = 24 };

static struct {
    bool keys;                 /* standard input is a terminal too */
    struct termios saved, raw; /* its settings before terminal_open, and since */
    sigset_t mask; /* the signal mask before terminal_open, and during terminal_wait_key */
} terminal;

bool terminal_is_there(void)
{
    const char *kind = getenv("TERM");

    return isatty(STDOUT_FILENO) && kind != NULL && kind[0] != '\0' && strcmp(kind, "dumb") != 0;
}

/* Signal handlers call the functions down to on_resize: they are all async-signal-safe. */

/* Nothing helps if the terminal does not take it: the result of write(2) is ignored. */
static void write_sequence(const char *sequence, size_t size)
{
    ssize_t ignored = write(STDOUT_FILENO, sequence, size);

    (void)ignored;
}

static void take_over(void)
{
    if (terminal.keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.raw);
    write_sequence(begin, sizeof(begin) - 1);
}

static void give_back(void)
{
    write_sequence(end, sizeof(end) - 1);
    if (terminal.keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.saved);
}

/* SA_RESETHAND has restored the default action, which ends the program when this returns. */
static void on_end(int number)
{
    give_back();
    if (number == SIGINT)
        _exit(STATUS_OK);
    raise(number);
}

static bool is_in_background(void)
{
    pid_t group = tcgetpgrp(STDOUT_FILENO);

    return group > 0 && group != getpgrp();
}

static void on_suspend(int number)
{
    int kept = errno;

    (void)number;
    give_back();
    do
        raise(SIGSTOP);
    while (is_in_background());
    take_over();
    errno = kept;
}

/* Do nothing: the signal itself ends the wait in terminal_wait_key. */
static void on_resize(int number)
{
    (void)number;
}

static const struct {
    int number;
    void (*handler)(int number);
} handled[] = {
    {SIGINT, on_end},  {SIGTERM, on_end},     {SIGHUP, on_end},      {SIGQUIT, on_end},
    {SIGABRT, on_end}, {SIGSEGV, on_end},     {SIGBUS, on_end},      {SIGFPE, on_end},
    {SIGILL, on_end},  {SIGTSTP, on_suspend}, {SIGWINCH, on_resize},
};

enum { HANDLED = sizeof(handled) / sizeof(handled[0]) };

static struct sigaction before[HANDLED];

/* Handle a signal unless it is ignored or has a handler, a sanitizer's say. All signals are blocked
 * in the handler, SIGTTOU too: it would stop a process in the background that writes. */
static void install(size_t i)
{
    struct sigaction action = {.sa_handler = handled[i].handler};

    sigfillset(&action.sa_mask);
    if (handled[i].handler == on_end)
        action.sa_flags = (int)SA_RESETHAND;
    sigaction(handled[i].number, NULL, &before[i]);
    if (before[i].sa_handler == SIG_DFL)
        sigaction(handled[i].number, &action, NULL);
}

int terminal_open(void)
{
    sigset_t resize;

    terminal.keys = isatty(STDIN_FILENO);
    if (terminal.keys && tcgetattr(STDIN_FILENO, &terminal.saved) < 0)
        return -1;
    terminal.raw = terminal.saved;
    terminal.raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO | IEXTEN);
    terminal.raw.c_iflag &= (tcflag_t)~IXON;
    terminal.raw.c_cc[VMIN] = 1;
    terminal.raw.c_cc[VTIME] = 0;
    sigemptyset(&resize);
    sigaddset(&resize, SIGWINCH);
    sigprocmask(SIG_BLOCK, &resize, &terminal.mask);
    for (size_t i = 0; i < HANDLED; i++)
        install(i);
    take_over();
    return 0;
}

void terminal_measure(size_t *columns, size_t *rows)
{
    struct winsize size = {0};
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;

    *columns = known && size.ws_col > 0 ? size.ws_col : COLUMNS;
    *rows = known && size.ws_row > 0 ? size.ws_row : ROWS;
}

/* Return LINES, to be freed, with the cursor movements that show them, or NULL with errno. Each row
 * is cleared before its line is written: behind a line as wide as the terminal the cursor is still
 * on its last character. */
static char *place(const char *lines, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    size_t row = 1, columns, rows;

    terminal_measure(&columns, &rows);
    if (out == NULL)
        return NULL;
    for (; *lines != '\0'; row++) {
        size_t length = strcspn(lines, "\n");

        fprintf(out, "\033[%zu;1H\033[2K%.*s", row, (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
    for (; row <= rows; row++)
        fprintf(out, "\033[%zu;1H\033[2K", row);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

int terminal_draw(const char *lines)
{
    size_t size;
    char *text = place(lines, &size);
    int written;

    if (text == NULL)
        return -1;
    written = io_write_full(STDOUT_FILENO, text, size, clock_now_ns() + NS_PER_S);
    free(text);
    return written == 0 || errno == ETIMEDOUT ? 0 : -1; /* a slow terminal may take the next one */
}

int terminal_wait_key(int64_t deadline_ns)
{
    struct pollfd keys = {.fd = terminal.keys ? STDIN_FILENO : -1, .events = POLLIN};
    int64_t left_ns = deadline_ns - clock_now_ns();
    struct timespec timeout = {0};
    char key;

    if (left_ns > 0)
        timeout = (struct timespec){.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S};
    if (ppoll(&keys, 1, &timeout, &terminal.mask) <= 0)
        return TERMINAL_NO_KEY;
    if (read(STDIN_FILENO, &key, 1) == 1)
        return (unsigned char)key;
    terminal.keys = errno == EINTR || errno == EAGAIN; /* otherwise it hung up */
    return TERMINAL_NO_KEY;
}

void terminal_close(void)
{
    give_back();
    for (size_t i = 0; i < HANDLED; i++)
        sigaction(handled[i].number, &before[i], NULL);
    sigprocmask(SIG_SETMASK, &terminal.mask, NULL);
}
