/*
 * handover: see handover.h.
 */
#include "server/upgrade/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char end_line[] = "end\n";

enum { ENDPOINT_LINE_SIZE = 288 };
_Static_assert(ENDPOINT_LINE_SIZE > 2 * sizeof(union endpoint_address) + sizeof("10:1:"),
               "an address in hexadecimal fits");

int handover_create(void)
{
    return memfd_create("preforkd-handover", MFD_CLOEXEC);
}

/* Write all of TEXT at the end of the file. Both masters share one file position, so pwrite(2) is
 * given the place. */
static int append(int fd, const char *text, size_t length)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return -1;
    for (size_t done = 0; done < length;) {
        ssize_t put = pwrite(fd, text + done, length - done, status.st_size + (off_t)done);

        if (put < 0 && errno != EINTR)
            return -1;
        done += put < 0 ? 0 : (size_t)put;
    }
    return 0;
}

int handover_write(int fd, void (*write)(const void *context, FILE *out), const void *context)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    int result = -1;

    if (out == NULL)
        return -1;
    write(context, out);
    fputs(end_line, out);
    if (fclose(out) == 0)
        result = append(fd, text, length);
    free(text);
    return result;
}

/* Returns what is in the file from OFFSET on as a string, to be freed; or NULL. */
static char *read_from(int fd, off_t offset, size_t *length)
{
    struct stat status;
    size_t size;
    char *text;

    *length = 0;
    if (fstat(fd, &status) < 0 || status.st_size < offset)
        return NULL;
    size = (size_t)(status.st_size - offset);
    text = malloc(size + 1);
    if (text == NULL)
        return NULL;
    while (*length < size) {
        ssize_t got = pread(fd, text + *length, size - *length, offset + (off_t)*length);

        if (got == 0 || (got < 0 && errno != EINTR))
            break;
        *length += got < 0 ? 0 : (size_t)got;
    }
    text[*length] = '\0';
    return text;
}

int handover_read(int fd, off_t *offset, void (*read)(void *context, const char *line),
                  void *context)
{
    const size_t end = sizeof(end_line) - 1;
    size_t length;
    char *text = read_from(fd, *offset, &length), *rest = text, *line;
    bool whole = text != NULL &&
                 (length == 0 || (length >= end && strcmp(text + length - end, end_line) == 0));

    while (whole && (line = strsep(&rest, "\n")) != NULL && *line != '\0')
        read(context, line);
    if (whole)
        *offset += (off_t)length;
    free(text);
    return whole ? 0 : -1;
}

static void print_endpoint(const struct endpoint *endpoint, FILE *out)
{
    const unsigned char *bytes = (const unsigned char *)&endpoint->address;

    fprintf(out, " %d:%d:", endpoint->type, endpoint->wildcard);
    for (socklen_t i = 0; i < endpoint->length; i++)
        fprintf(out, "%02x", bytes[i]);
}

/* Returns 0, or -1 where TEXT is no endpoint. */
static int read_endpoint(struct endpoint *endpoint, const char *text)
{
    unsigned char *bytes = (unsigned char *)&endpoint->address;
    int wildcard = 0, start = 0;
    unsigned int byte;

    memset(endpoint, 0, sizeof(*endpoint));
    if (sscanf(text, "%d:%d:%n", &endpoint->type, &wildcard, &start) != 2 || start == 0)
        return -1;
    endpoint->wildcard = wildcard != 0;
    for (text += start; sscanf(text, "%2x", &byte) == 1; text += 2) {
        if (endpoint->length == sizeof(endpoint->address) || text[1] == '\0')
            return -1;
        bytes[endpoint->length++] = (unsigned char)byte;
    }
    return endpoint->length == 0 ? -1 : 0;
}

void handover_print_listener(const struct listener *listener, FILE *out)
{
    fprintf(out, "listener %d %d %" PRIuMAX " %" PRIuMAX " %d", listener->fd,
            listener->file.lock_fd, (uintmax_t)listener->file.device,
            (uintmax_t)listener->file.inode, listener->handed_in);
    print_endpoint(&listener->endpoint, out);
    print_endpoint(&listener->asked, out);
    fputc('\n', out);
}

struct listener *handover_read_listener(const char *line, struct failure *failure)
{
    char is[ENDPOINT_LINE_SIZE], asked[ENDPOINT_LINE_SIZE];
    uintmax_t device, inode;
    int fd, lock_fd, handed_in;
    struct listener *listener;

    if (sscanf(line, "listener %d %d %" SCNuMAX " %" SCNuMAX " %d %287s %287s", &fd, &lock_fd,
               &device, &inode, &handed_in, is, asked) != 7) {
        fail(failure, STATUS_SYSTEM, "cannot read what the predecessor says of a listener");
        return NULL;
    }
    listener = listener_adopt(fd, failure);
    if (listener == NULL)
        return NULL;
    if (lock_fd >= 0)
        fcntl(lock_fd, F_SETFD, FD_CLOEXEC);
    listener->file = (struct socket_file){.lock_fd = lock_fd,
                                          .linked = handed_in == 0,
                                          .device = (dev_t)device,
                                          .inode = (ino_t)inode};
    listener->handed_in = handed_in != 0;
    if (read_endpoint(&listener->endpoint, is) == 0 && read_endpoint(&listener->asked, asked) == 0)
        return listener;
    fail(failure, STATUS_SYSTEM, "cannot read what the predecessor says of descriptor %d", fd);
    listener->shared = true;
    listener_drop(listener);
    return NULL;
}
