/*
 * relay: the bytes between a client and a program, both ways, each to its end of file.
 *
 * By read and write at first, which is the quickest for what is short; a way on which one read has
 * filled the buffer goes on by splice(2) through a pipe.
 */
#ifndef PREFORKD_SERVER_SERVICE_PROGRAM_RELAY_H
#define PREFORKD_SERVER_SERVICE_PROGRAM_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One way, from one descriptor to another. */
struct relay_way {
    int from, to;
    int pipe[2]; /* -1: there is none */
    char *buffer;
    size_t begin, length; /* of what was read, and not written yet, in the buffer or the pipe */
    uint64_t left;        /* how much is to be read at most */
    bool was_full;        /* the last read has filled the buffer */
    bool at_end;          /* there is no more to read */
    bool is_done;         /* nor to write, and the end of file was passed on */
    bool read_failed, write_failed;
    bool was_shut;  /* the end of file was passed on, and before that */
    bool was_reset; /* the other side had left, as struct traffic has it */
};

struct relay {
    struct relay_way in, out; /* as the program has it: from the client, and to it */
};

/* How many bytes have moved. */
struct relay_moved {
    uint64_t in, out;
};

/* Set up RELAY between two sockets. A worker has one at a time. */
void relay_begin(struct relay *relay, int client_fd, int program_fd);

/* Have CLIENT and PROGRAM wait for what the relay waits for. */
void relay_watch(const struct relay *relay, struct pollfd *client, struct pollfd *program);

/* Move what can be moved without waiting, by what poll(2) says of the two. Bytes that were read
 * from the client count as in, and those that were written to it as out. */
struct relay_moved relay_move(struct relay *relay, short client_events, short program_events);

/* The program has ended: take no more input, and of its output what it has written so far. What a
 * process that it left behind writes from now on is not for the client. */
void relay_end_program(struct relay *relay);

/* Return whether the client has left before the program wrote its last byte. */
bool relay_lost_client(const struct relay *relay);

/* Close the pipes, and give back what a large transfer took. */
void relay_end(struct relay *relay);

#endif
