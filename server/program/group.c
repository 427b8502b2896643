/*
 * group: see group.h.
 *
 * kill(2) cannot tell: a group whose leader is a zombie is one that can be signalled.
 */
#include "server/program/group.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STAT_SIZE = 256 };

/* Return the state of the process whose directory in /proc is NAME, as proc(5) has it, and set
 * *GROUP; 0 where that cannot be read. */
static char read_state(const char *name, int *group)
{
    char path[64], text[STAT_SIZE] = "";
    const char *end;
    char state;
    int fd;
    ssize_t got;

    snprintf(path, sizeof(path), "/proc/%.20s/stat", name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    got = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    end = strrchr(text, ')'); /* behind the name, which may have any bytes */
    return end != NULL && sscanf(end + 1, " %c %*d %d", &state, group) == 2 ? state : 0;
}

/* Return whether the process whose directory in /proc is NAME runs, in GROUP. */
static bool is_member(const char *name, pid_t group)
{
    int found_group;
    char state = read_state(name, &found_group);

    return state != 0 && found_group == group && state != 'Z' && state != 'X';
}

bool group_lives(pid_t group)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    bool lives = false;

    if (processes == NULL)
        return false;
    while (!lives && (entry = readdir(processes)) != NULL)
        lives = isdigit((unsigned char)entry->d_name[0]) && is_member(entry->d_name, group);
    closedir(processes);
    return lives;
}

bool group_leader_sleeps(pid_t leader)
{
    char name[16];
    int group;

    snprintf(name, sizeof(name), "%d", (int)leader);
    return read_state(name, &group) == 'S';
}
