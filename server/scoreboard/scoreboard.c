/*
 * scoreboard: see scoreboard.h.
 */
#include "server/scoreboard/scoreboard.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct scoreboard {
    char *pages; /* the hints, then a page for each worker */
    size_t page_size, page_count;
};

int scoreboard_inherit(const struct scoreboard *board, bool inherit)
{
    return madvise(board->pages, board->page_count * board->page_size,
                   inherit ? MADV_DOFORK : MADV_DONTFORK);
}

struct scoreboard *scoreboard_create(size_t workers)
{
    struct scoreboard *board = malloc(sizeof(*board));

    if (board == NULL)
        return NULL;
    board->page_size = (size_t)sysconf(_SC_PAGESIZE);
    board->page_count = 1 + workers;
    board->pages = mmap(NULL, board->page_count * board->page_size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (board->pages != MAP_FAILED && scoreboard_inherit(board, false) == 0)
        return board;
    if (board->pages != MAP_FAILED)
        munmap(board->pages, board->page_count * board->page_size);
    free(board);
    return NULL;
}

void scoreboard_destroy(struct scoreboard *board)
{
    if (board != NULL)
        munmap(board->pages, board->page_count * board->page_size);
    free(board);
}

static void *page_at(const struct scoreboard *board, size_t index)
{
    return board->pages + index * board->page_size;
}

struct pool_hints *scoreboard_hints(const struct scoreboard *board)
{
    return page_at(board, 0);
}

struct worker_page *scoreboard_page(const struct scoreboard *board, size_t slot)
{
    return page_at(board, 1 + slot);
}

static void unmap(const struct scoreboard *board, size_t from, size_t to)
{
    if (from < to)
        munmap(page_at(board, from), (to - from) * board->page_size);
}

void scoreboard_keep_page(const struct scoreboard *board, size_t slot)
{
    unmap(board, 1, 1 + slot);
    unmap(board, 1 + slot + 1, board->page_count);
}

void scoreboard_print_peer(const struct worker_page *page, char text[ENDPOINT_TEXT_SIZE])
{
    union endpoint_address address = page->peer;
    socklen_t length = page->peer_length;

    endpoint_print_peer(&address, length < sizeof(address) ? length : sizeof(address), text);
}

void counters_merge(struct counters *to, const struct counters *from)
{
    counter_add(&to->accepted, counter_read(&from->accepted));
    counter_add(&to->requests, counter_read(&from->requests));
    counter_add(&to->bytes_in, counter_read(&from->bytes_in));
    counter_add(&to->bytes_out, counter_read(&from->bytes_out));
    counter_add(&to->timeouts, counter_read(&from->timeouts));
    counter_add(&to->dropped, counter_read(&from->dropped));
    counter_add(&to->log_lines_dropped, counter_read(&from->log_lines_dropped));
    counter_add(&to->proxy_refused, counter_read(&from->proxy_refused));
    counter_add(&to->health_checks, counter_read(&from->health_checks));
    counter_add(&to->access_refused, counter_read(&from->access_refused));
    counter_add(&to->source_refused, counter_read(&from->source_refused));
    counter_add(&to->rate_refused, counter_read(&from->rate_refused));
    counter_add(&to->took_sum_ns, counter_read(&from->took_sum_ns));
    counter_add(&to->exec_sum_ns, counter_read(&from->exec_sum_ns));
    for (size_t i = 0; i < PROGRAM_OUTCOMES; i++)
        counter_add(&to->programs[i], counter_read(&from->programs[i]));
    for (size_t i = 0; i < DURATION_BUCKETS; i++) {
        counter_add(&to->took[i], counter_read(&from->took[i]));
        counter_add(&to->exec[i], counter_read(&from->exec[i]));
    }
}
