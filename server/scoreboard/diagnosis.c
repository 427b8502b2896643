/*
 * diagnosis: see diagnosis.h.
 */
#include "server/scoreboard/diagnosis.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"

enum { PROC_SIZE = 160 };

/* Read the first line of /proc/PID/NAME; `?` where there is none. */
static void read_proc(pid_t pid, const char *name, char text[PROC_SIZE])
{
    char path[64];
    ssize_t got = -1;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        got = read(fd, text, PROC_SIZE - 1);
        close(fd);
    }
    text[got > 0 ? got : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (text[0] == '\0')
        strcpy(text, "?");
}

void diagnosis_print(pid_t pid, const struct worker_page *page, const struct reading *reading,
                     bool knows_bytes, int64_t now_ns, char text[DIAGNOSIS_SIZE])
{
    double seconds = (double)(now_ns - reading->began_ns) / (double)NS_PER_S;
    char peer[ENDPOINT_TEXT_SIZE], wchan[PROC_SIZE], syscall[PROC_SIZE], bytes[64] = "";

    scoreboard_print_peer(page, peer);
    read_proc(pid, "wchan", wchan);
    read_proc(pid, "syscall", syscall);
    /* The kernel writes 0 for a process that does not wait, and for one that it keeps to itself. */
    if (strcmp(wchan, "0") == 0 && strcmp(syscall, "?") == 0)
        strcpy(wchan, "?");
    if (knows_bytes)
        snprintf(bytes, sizeof(bytes), ", %llu bytes in, %llu out",
                 (unsigned long long)reading->bytes_in, (unsigned long long)reading->bytes_out);
    snprintf(text, DIAGNOSIS_SIZE, "%s for %.1f s%s; wchan %s, syscall %s", peer, seconds, bytes,
             wchan, syscall);
}
