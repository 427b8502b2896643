/*
 * feed: see feed.h. A pool of which nothing has changed is not sent again: 1,000 pools at rest are
 * a short line a second.
 */
#include "client/web/feed.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/control/reading.h"
#include "client/control/why/notices.h"
#include "client/web/figures.h"
#include "common/clock.h"
#include "common/json_writer.h"
#include "common/text.h"

struct feed {
    const struct site *site;
    struct reading now, before; /* before: empty at first */
    uint64_t *hashes;           /* of what was sent last of each pool, in the order of before */
};

/* Returns whether the pools of both readings are the same, in the same order. */
static bool has_same_pools(const struct snapshot *a, const struct snapshot *b)
{
    if (a->pool_count != b->pool_count)
        return false;
    for (size_t i = 0; i < a->pool_count; i++) {
        if (strcmp(a->pools[i].name, b->pools[i].name) != 0)
            return false;
    }
    return true;
}

/* Returns whether the master that answered before will soon wait for this process: it stops, it has
 * been reloaded, or another one is in charge. */
static bool is_to_end(const struct feed *feed)
{
    const struct snapshot *now = &feed->now.snapshot, *before = &feed->before.snapshot;

    if (strcmp(now->phase, "stopping") == 0)
        return true;
    return feed->before.reply != NULL &&
           (now->pid != before->pid || now->generation != before->generation);
}

/* Print the pools of which something has changed, or ALL. Returns 0, or -1 with errno. */
static int print_pools(struct feed *feed, bool all, FILE *out)
{
    const struct snapshot *now = &feed->now.snapshot;
    const char *comma = "";

    for (size_t i = 0; i < now->pool_count; i++) {
        const struct snapshot_pool *earlier = all ? NULL : &feed->before.snapshot.pools[i];
        char *text = figures_of(now, &now->pools[i], earlier);
        uint64_t hash;

        if (text == NULL)
            return -1;
        hash = text_hash(text, strlen(text));
        if (all || hash != feed->hashes[i]) {
            fprintf(out, "%s%s", comma, text);
            comma = ",";
        }
        feed->hashes[i] = hash;
        free(text);
    }
    return 0;
}

/* Add what there is to say of the master itself. */
static void add_notices(struct json_writer *json, const struct snapshot *snapshot)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return;
    notices_print_reload(snapshot, "", out);
    notices_print_dropped(snapshot, "", out);
    if (fclose(out) == 0)
        json_add_string(json, "notices", text);
    free(text);
}

/* Print the event for what the master says now. Returns 0, or -1 with errno. */
static int print_event(struct feed *feed, bool all, FILE *out)
{
    const struct snapshot *now = &feed->now.snapshot;
    struct json_writer json = {.out = out};
    int printed;

    fputs("data: ", out);
    json_begin_object(&json, NULL);
    json_add_integer(&json, "pid", now->pid);
    json_add_string(&json, "name", now->name);
    json_add_string(&json, "version", now->version);
    json_add_string(&json, "phase", now->phase);
    json_add_integer(&json, "uptime_ns", now->uptime_ns);
    add_notices(&json, now);
    json_add_boolean(&json, "all", all);
    json_begin_array(&json, "pools");
    printed = print_pools(feed, all, out);
    json_end_array(&json);
    json_end_object(&json);
    fputs("\n\n", out);
    return printed;
}

/* Make room for the hashes of as many pools as there are now. Returns 0, or -1 with errno. */
static int make_room(struct feed *feed)
{
    size_t count = feed->now.snapshot.pool_count;
    uint64_t *hashes = reallocarray(feed->hashes, count + (count == 0), sizeof(*hashes));

    if (hashes == NULL)
        return -1;
    feed->hashes = hashes;
    return 0;
}

/* Send the event, the first one behind the head. Returns 0, or -1 with errno. */
static int send_event(struct feed *feed, const struct response *head)
{
    bool all =
        feed->before.reply == NULL || !has_same_pools(&feed->now.snapshot, &feed->before.snapshot);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int sent = -1;

    if (out == NULL)
        return -1;
    if (head != NULL) {
        response_print_head(head, false, out);
        fputs("retry: 1000\n\n", out);
    }
    sent = all ? make_room(feed) : 0;
    if (sent == 0)
        sent = print_event(feed, all, out);
    if (fclose(out) < 0)
        sent = -1;
    if (sent == 0)
        sent = response_send_bytes(text, size, clock_now_ns() + feed->site->timeout_ns);
    free(text);
    return sent;
}

/* Wait for the next event. Returns false once the client has left. What it sends is not read. */
static bool wait_until(int64_t due_ns)
{
    struct pollfd client = {.fd = STDIN_FILENO, .events = POLLRDHUP};
    int64_t left_ns;

    while ((left_ns = due_ns - clock_now_ns()) > 0) {
        int ready = poll(&client, 1, (int)((left_ns + NS_PER_MS - 1) / NS_PER_MS));

        if (ready > 0 || (ready < 0 && errno != EINTR))
            return false;
    }
    return true;
}

/* Send one event a second, behind the first. Returns 0, or -1 with errno. */
static int go_on(struct feed *feed)
{
    int64_t due_ns = clock_now_ns();
    char why[READING_WHY_SIZE];
    int sent = 0;

    while (sent == 0 && !is_to_end(feed)) {
        reading_free(&feed->before);
        feed->before = feed->now;
        feed->now = (struct reading){0};
        due_ns = clock_later_ns(due_ns + NS_PER_S, clock_now_ns());
        if (!wait_until(due_ns) || reading_ask(&feed->now, feed->site->control, "status",
                                               feed->site->timeout_ns, why) != STATUS_OK)
            break;
        sent = send_event(feed, NULL);
    }
    return sent;
}

/* Send that the master does not answer, and WHY. Returns as response_send(). */
static int send_trouble(const struct site *site, const char *why, bool is_head)
{
    struct response response = {
        .type = "text/plain; charset=utf-8", .body = why, .size = strlen(why)};

    pages_say_unavailable(&response);
    return response_send(&response, is_head, false, clock_now_ns() + site->timeout_ns);
}

int feed_send(const struct site *site, bool is_head)
{
    const struct response head = {.status = 200, .type = "text/event-stream", .goes_on = true};
    struct feed feed = {.site = site};
    char why[READING_WHY_SIZE];
    int sent;

    if (reading_ask(&feed.now, site->control, "status", site->timeout_ns, why) != STATUS_OK)
        return send_trouble(site, why, is_head);
    if (is_head)
        sent = response_send(&head, true, false, clock_now_ns() + site->timeout_ns);
    else
        sent = send_event(&feed, &head);
    if (sent == 0 && !is_head)
        sent = go_on(&feed);
    reading_free(&feed.now);
    reading_free(&feed.before);
    free(feed.hashes);
    return sent;
}
