/*
 * Fuzz target: any writes of a worker to its page, and the master that reads it in between. No
 * figure is beyond what a worker can have done, none falls while the worker lives, and what the
 * master prints stays on one line.
 *
 * An input is a sequence of steps of 11 bytes: what is done, where on the page, with what value.
 */
#include <unistd.h>

#include "common/clock.h"
#include "server/scoreboard/diagnosis.h"
#include "server/scoreboard/reading.h"
#include "server/scoreboard/totals.h"
#include "tests/fuzz/fuzz.h"

enum { SLOT = 1, SLOTS = 3, COUNTERS = sizeof(struct counters) / sizeof(uint64_t) };

enum { WRITE_8, WRITE_1, SLEEP, COUNT, LOOK, RATE, DIAGNOSE, END, STEPS };

static const int64_t forked_ns = 5 * NS_PER_S;

/* The master and the worker of SLOT. */
static struct {
    struct worker_page *page; /* at the end of its memory, which a reader must not leave */
    struct ledger *ledger;
    struct totals totals;
    uint64_t before[COUNTERS]; /* what was counted when the master looked last */
    int64_t now_ns;
} self;

static uint64_t counter_at(const struct counters *counters, size_t index)
{
    return counter_read((const _Atomic uint64_t *)(const void *)counters + index);
}

static size_t index_of(size_t offset)
{
    return offset / sizeof(uint64_t);
}

/* The most that the counter at INDEX can be in so many SECONDS. */
static uint64_t most(size_t index, uint64_t seconds)
{
    uint64_t per_s = READING_COUNTS_PER_S_MAX;

    if (index == index_of(offsetof(struct counters, took_sum_ns)) ||
        index == index_of(offsetof(struct counters, exec_sum_ns)))
        per_s = NS_PER_S;
    if (index == index_of(offsetof(struct counters, bytes_in)) ||
        index == index_of(offsetof(struct counters, bytes_out)))
        per_s = READING_BYTES_PER_S_MAX;
    return seconds > INT64_MAX / per_s ? INT64_MAX : seconds * per_s;
}

static const struct counters *read_counters(bool *credible)
{
    *credible = true;
    return ledger_read(self.ledger, SLOT, self.page, self.now_ns - forked_ns, credible);
}

static void count(void)
{
    uint64_t seconds = (uint64_t)((self.now_ns - forked_ns) / NS_PER_S) + 2;
    bool credible, same = true;
    const struct counters *kept = read_counters(&credible);

    for (size_t i = 0; i < COUNTERS; i++) {
        uint64_t now = counter_at(kept, i);

        must(now >= self.before[i], "no figure falls");
        self.before[i] = now;
        must(now <= most(i, seconds), "no figure is higher than a worker can get");
        same &= now == counter_at(&self.page->counters, i);
    }
    must(credible == same, "what was not believed is said to be so");
}

static void look(void)
{
    struct reading reading = reading_take(self.page, forked_ns, self.now_ns);
    char peer[ENDPOINT_TEXT_SIZE];

    must(reading.began_ns >= forked_ns && reading.began_ns <= self.now_ns, "since the fork");
    must(reading.moved_ns >= forked_ns && reading.moved_ns <= self.now_ns, "since the fork");
    must(reading.header_due_ns >= 0 && reading.header_due_ns <= self.now_ns, "a stamp until now");
    must(reading.bytes_in <= counter_read(&self.page->counters.bytes_in), "not more than all");
    must(reading.bytes_out <= counter_read(&self.page->counters.bytes_out), "not more than all");
    memset(peer, 'x', sizeof(peer));
    scoreboard_print_peer(self.page, peer);
    must(memchr(peer, '\0', sizeof(peer)) != NULL, "what is printed has an end");
    must_be_clean(peer);
}

static void rate(void)
{
    int64_t now_s = self.now_ns / NS_PER_S;

    for (int64_t seconds = 1; seconds <= RATES_SECONDS_MAX; seconds += seconds == 1 ? 9 : 50) {
        must(rates_of_worker(self.page, now_s, seconds) <=
                 (uint64_t)seconds * READING_COUNTS_PER_S_MAX,
             "no rate is higher than a worker can get");
    }
}

static void diagnose(void)
{
    struct reading reading = reading_take(self.page, forked_ns, self.now_ns);
    char text[DIAGNOSIS_SIZE];

    memset(text, 'x', sizeof(text));
    diagnosis_print(getpid(), self.page, &reading, true, self.now_ns, text);
    must(memchr(text, '\0', sizeof(text)) != NULL, "what is printed has an end");
    must_be_clean(text);
}

/* The totals arrive at a successor as they are. */
static void pass_on(void)
{
    struct totals none = totals_empty(), passed = totals_empty();
    char *text = NULL, *rest, *line, *first, *second = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    must(out != NULL, "there is memory");
    totals_print(&self.totals, &none, out);
    fclose(out);
    first = strdup(text);
    for (rest = text; (line = strsep(&rest, "\n")) != NULL;)
        totals_read(&passed, line);
    out = open_memstream(&second, &size);
    must(first != NULL && out != NULL, "there is memory");
    totals_print(&passed, &none, out);
    fclose(out);
    must(strcmp(first, second) == 0, "a successor has the same totals");
    must(totals_served(&passed) == totals_served(&self.totals), "and the same sum");
    free(text);
    free(first);
    free(second);
}

/* The worker ends, and the next one of its slot begins. */
static void end(void)
{
    int64_t now_s = self.now_ns / NS_PER_S;
    bool credible;

    counters_merge(&self.totals.ended, read_counters(&credible));
    rates_keep(&self.totals.rates, self.page, now_s);
    for (size_t i = 0; i < SECONDS_KEPT; i++) {
        int64_t second = self.totals.rates.seconds[i].second;

        must(second >= 0 && second <= now_s + 1, "no second that is to come");
        must((size_t)second % SECONDS_KEPT == i || self.totals.rates.seconds[i].accepted == 0,
             "each second is at its place");
    }
    ledger_clear(self.ledger, SLOT);
    memset(self.before, 0, sizeof(self.before));
    memset(self.page, 0, sizeof(*self.page));
}

static void step(uint8_t what, uint16_t where, uint64_t value)
{
    switch (what % STEPS) {
    case WRITE_8:
        where = (uint16_t)(where % (sizeof(*self.page) / sizeof(value)));
        memcpy((char *)self.page + where * sizeof(value), &value, sizeof(value));
        break;
    case WRITE_1:
        ((char *)self.page)[where % sizeof(*self.page)] = (char)value;
        break;
    case SLEEP: /* for up to a century */
        self.now_ns += (int64_t)(value % (UINT64_C(100) * 365 * 86400 * NS_PER_S));
        self.now_ns = clock_earlier_ns(self.now_ns, INT64_MAX / 2);
        break;
    case COUNT:
        count();
        break;
    case LOOK:
        look();
        break;
    case RATE:
        rate();
        break;
    case DIAGNOSE:
        diagnose();
        break;
    default:
        end();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {bytes, size};

    self.page = calloc(1, sizeof(*self.page));
    self.ledger = ledger_create(SLOTS);
    must(self.page != NULL && self.ledger != NULL, "there is memory");
    self.totals = totals_empty();
    memset(self.before, 0, sizeof(self.before));
    self.now_ns = forked_ns;
    while (input.size > 0) {
        uint8_t what = take_byte(&input);
        uint16_t where;
        uint64_t value;

        take(&input, &where, sizeof(where));
        take(&input, &value, sizeof(value));
        step(what, where, value);
    }
    count();
    look();
    rate();
    end();
    pass_on();
    ledger_destroy(self.ledger);
    free(self.page);
    return 0;
}
