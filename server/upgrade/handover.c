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
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char end_line[] = "end\n";

enum { ENDPOINT_LINE_SIZE = 288, NAME_MAX_LENGTH = 31, SEND_ATTEMPTS = 3 };
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

/* Returns how many bytes are in the file from OFFSET on; 0 where the other master has cut it; -1
 * with errno. */
static off_t size_from(int fd, off_t offset)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return -1;
    return status.st_size < offset ? 0 : status.st_size - offset;
}

/* Returns the SIZE bytes of the file from OFFSET on as a string, to be freed; or NULL with
 * errno. */
static char *read_from(int fd, off_t offset, size_t size)
{
    char *text = malloc(size + 1);

    for (size_t done = 0; text != NULL && done < size;) {
        ssize_t got = pread(fd, text + done, size - done, offset + (off_t)done);

        if (got > 0) {
            done += (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            errno = got == 0 ? ENODATA : errno;
            free(text);
            text = NULL;
        }
    }
    if (text != NULL)
        text[size] = '\0';
    return text;
}

static bool ends_with_end(const char *text, size_t length)
{
    const size_t end = sizeof(end_line) - 1;

    return length >= end && strcmp(text + length - end, end_line) == 0 &&
           (length == end || text[length - end - 1] == '\n');
}

int handover_read(int fd, off_t *offset, size_t most, void (*read)(void *context, const char *line),
                  void *context)
{
    off_t size = size_from(fd, *offset);
    char *text, *rest, *line;
    int result = -1;

    if (size > (off_t)most)
        errno = EFBIG;
    if (size < 0 || size > (off_t)most)
        return -1;
    text = rest = read_from(fd, *offset, (size_t)size);
    if (text == NULL)
        return -1;
    if (ends_with_end(text, (size_t)size)) {
        while ((line = strsep(&rest, "\n")) != NULL && *line != '\0')
            read(context, line);
        *offset += size;
        result = 0;
    } else {
        errno = ENODATA;
    }
    free(text);
    return result;
}

bool handover_is_read(int fd, off_t offset)
{
    return size_from(fd, offset) == 0;
}

int handover_send(int fd, const char *message)
{
    ssize_t put = -1;

    for (int attempt = 0; put < 0 && attempt < SEND_ATTEMPTS; attempt++)
        put = send(fd, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT);
    return put < 0 ? -1 : 0;
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
    return endpoint_is_valid(endpoint) ? 0 : -1;
}

/* Return the name by which LISTENER was handed in, where a pool can have it. */
static const char *pool_name(const struct listener *listener)
{
    const char *name = listener->name;

    return name == NULL || *name == '\0' || strlen(name) > NAME_MAX_LENGTH || strpbrk(name, " \t\n")
               ? "-"
               : name;
}

void handover_print_listener(const struct listener *listener, FILE *out)
{
    fprintf(out, "listener %d %d %" PRIuMAX " %" PRIuMAX " %d", listener->fd,
            listener->file.lock_fd, (uintmax_t)listener->file.device,
            (uintmax_t)listener->file.inode, listener->handed_in);
    print_endpoint(&listener->endpoint, out);
    print_endpoint(&listener->asked, out);
    fprintf(out, " %s %d\n", pool_name(listener), listener->blocks);
}

MAY_FAIL handover_read_listener(const char *line, struct listener **read, struct failure *failure)
{
    char is[ENDPOINT_LINE_SIZE], asked[ENDPOINT_LINE_SIZE], name[NAME_MAX_LENGTH + 1] = "";
    struct endpoint bound, wanted;
    uintmax_t device, inode;
    int fd, lock_fd, handed_in, blocks = 0;
    struct listener *listener;
    const struct failed *failed;

    if (sscanf(line, "listener %d %d %" SCNuMAX " %" SCNuMAX " %d %287s %287s %31s %d", &fd,
               &lock_fd, &device, &inode, &handed_in, is, asked, name, &blocks) < 7 ||
        read_endpoint(&bound, is) < 0 || read_endpoint(&wanted, asked) < 0 ||
        (lock_fd >= 0 && endpoint_path(&bound) == NULL)) /* only a path has a lock */
        return fail(failure, STATUS_SYSTEM, "cannot read what the predecessor says of a listener");
    failed = listener_adopt(fd, blocks != 0, &listener, failure);
    if (failed != NULL)
        return failed;
    if (lock_fd >= 0)
        fcntl(lock_fd, F_SETFD, FD_CLOEXEC);
    listener->endpoint = bound;
    listener->asked = wanted;
    listener->file = (struct socket_file){.lock_fd = lock_fd,
                                          .linked = handed_in == 0,
                                          .device = (dev_t)device,
                                          .inode = (ino_t)inode};
    listener->handed_in = handed_in != 0;
    listener->name = name[0] == '\0' ? NULL : strdup(name);
    *read = listener;
    return NULL;
}
