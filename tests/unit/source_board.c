/*
 * Unit tests of server/scoreboard/source_key and source_board: whose a connection is, and what is
 * made of entries that no worker can have written.
 */
#include "server/scoreboard/source_board.h"

#include <stdlib.h>

#include "server/scoreboard/source_key.h"
#include "tests/unit/address.h"
#include "tests/unit/tap.h"

enum { MANY = 100000, REFUSALS = SOURCE_REFUSAL_SETS * SOURCE_REFUSALS, ROUNDS = 20000 };

static void expect_source(uint64_t key, const char *expected, const char *title)
{
    char text[SOURCE_TEXT_SIZE];

    ok(source_key_is_right(key), "%s is the key of a source", title);
    source_key_print(key, text);
    is_text(text, expected, "%s", title);
}

static void test_keys(void)
{
    static const struct {
        const char *address, *source;
    } examples[] = {
        {"192.0.2.7", "192.0.2.7"},
        {"0.0.0.0", "0.0.0.0"},
        {"255.255.255.255", "255.255.255.255"},
        {"::ffff:192.0.2.7", "192.0.2.7"},
        {"2001:db8::7", "2001:db8::/64"},
        {"2001:db8:0:0:ffff:ffff:ffff:ffff", "2001:db8::/64"},
        {"2001:db8:0:1::", "2001:db8:0:1::/64"},
        {"fe80::1", "fe80::/64"},
        {"::1", "::/64"},
        {"::", "::/64"},
        {"0:0:0:1::", "0:0:0:1::/64"},
        {"ff04::c000:207", "unknown"}, /* of no single host */
    };
    union endpoint_address unix_domain = {.any.sa_family = AF_UNIX};

    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        union endpoint_address address = address_of(examples[i].address);

        expect_source(source_key_of_address(&address), examples[i].source, examples[i].address);
    }
    expect_source(source_key_of_address(&unix_domain), "unknown", "a unix address");
    expect_source(source_key_of_user(0), "user:0", "root");
    expect_source(source_key_of_user(UINT32_MAX - 1), "user:4294967294", "the last user");
    expect_source(source_key_of_user((uid_t)-1), "unknown", "no user");
}

static uint64_t random_word(void)
{
    return (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();
}

static void test_right_keys(void)
{
    size_t failed = 0;
    char text[SOURCE_TEXT_SIZE];

    ok(!source_key_is_right(SOURCE_KEY_NONE), "nothing is no key");
    ok(!source_key_is_right(UINT64_MAX), "nor are ones alone");
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t key = random_word() | (i % 2 == 0 ? UINT64_C(0xff) << 56 : 0);
        struct source source;

        if (!source_key_is_right(key) || key == SOURCE_KEY_UNKNOWN)
            continue;
        source_key_print(key, text);
        failed += source_parse(text, &source) != NULL;
    }
    is_number(failed, 0, "what is right prints as `allow` and `deny` read it");
}

static void test_seats(struct source_board *board)
{
    const struct source_pages *pages = source_board_at(board, 0).pages;
    size_t seat, wrong = 0;

    for (size_t i = 0; i < 200; i++)
        wrong += source_board_take_seat(board, &seat) != 0 || seat != i;
    is_number(wrong, 0, "seats are taken from the first on");
    is_number(atomic_load(&pages->seat_count), 200, "all of them are looked at");
    source_board_free_seat(board, 63);
    source_board_free_seat(board, 150);
    is_number(atomic_load(&pages->seat_count), 200, "with gaps");
    source_board_take_seat(board, &seat);
    is_number(seat, 63, "a gap is filled first");
    for (size_t i = 199; i > 140; i--)
        source_board_free_seat(board, i);
    is_number(atomic_load(&pages->seat_count), 141, "free ones at the end are not");
    source_board_free_seat(board, SOURCE_SEATS);
    for (size_t i = 0; i <= 140; i++)
        source_board_free_seat(board, i);
    is_number(atomic_load(&pages->seat_count), 0, "and none when all are free");
}

/* What a worker that an attacker controls has written as the number of seats lasts until the next
 * worker begins or ends. */
static void test_seat_count(struct source_board *board)
{
    struct source_pages *pages = source_board_at(board, 0).pages;
    size_t seat;

    for (int i = 0; i < 4; i++)
        source_board_take_seat(board, &seat);
    atomic_store(&pages->seat_count, 0);
    source_board_free_seat(board, 1);
    is_number(atomic_load(&pages->seat_count), 4, "a wrong number of seats is mended by an end");
    atomic_store(&pages->seat_count, UINT32_MAX);
    source_board_take_seat(board, &seat);
    is_number(atomic_load(&pages->seat_count), 4, "and by a begin");
    for (size_t i = 0; i < 4; i++)
        source_board_free_seat(board, i);
}

/* What a worker says at its seat. */
static void say(const struct source_share *share, uint64_t key, uint64_t word)
{
    atomic_store(&share->pages->seats[share->seat].key, key);
    atomic_store(&share->pages->seats[share->seat].word, word);
}

static void test_entries(struct source_board *board)
{
    uint64_t key = source_key_of_user(7), mark, believed = 0;
    struct source_share share;
    size_t seat;

    source_board_take_seat(board, &seat);
    share = source_board_at(board, seat);
    mark = source_mark(share.secret, key);
    is_number(source_board_source(board, seat), SOURCE_KEY_NONE, "a new seat has no source");
    say(&share, key, mark | SEAT_HELD);
    ok(source_board_source(board, seat) == key, "a right entry has one");
    say(&share, key, mark | SEAT_CLAIMED);
    is_number(source_board_source(board, seat), SOURCE_KEY_NONE, "a claim is no connection yet");
    say(&share, key + 1, mark | SEAT_HELD);
    is_number(source_board_source(board, seat), SOURCE_KEY_NONE, "another key has another mark");
    key = UINT64_C(0xff77) << 48;
    say(&share, key, source_mark(share.secret, key) | SEAT_HELD);
    is_number(source_board_source(board, seat), SOURCE_KEY_NONE, "a key that no source has");
    for (int i = 0; i < ROUNDS; i++) {
        say(&share, random_word(), random_word());
        believed += source_board_source(board, seat) != SOURCE_KEY_NONE;
    }
    is_number(believed, 0, "random bytes have none");
    say(&share, source_key_of_user(7), mark | SEAT_HELD);
    source_board_free_seat(board, seat);
    is_number(source_board_source(board, seat), SOURCE_KEY_NONE, "a worker that ended has none");
}

/* What a worker that an attacker controls has written at seats where no worker is. */
static void test_forged_entries(struct source_board *board)
{
    uint64_t key = source_key_of_user(7), mark;
    struct source_share shares[6];
    size_t seat, left = 0;

    for (size_t i = 0; i < 5; i++)
        source_board_take_seat(board, &seat);
    for (size_t i = 0; i < 6; i++)
        shares[i] = source_board_at(board, i);
    mark = source_mark(shares[0].secret, key);
    source_board_free_seat(board, 1);
    source_board_free_seat(board, 2);
    for (size_t i = 1; i < 6; i++)
        say(&shares[i], key, mark | SEAT_HELD);
    source_board_take_seat(board, &seat);
    is_number(source_board_source(board, seat), SOURCE_KEY_NONE, "a worker begins without one");
    is_number(source_board_source(board, 2), key, "a forged one is there");
    source_board_free_seat(board, 4);
    is_number(source_board_source(board, 2), SOURCE_KEY_NONE, "until the next worker ends");
    is_number(source_board_source(board, 3), key, "what a worker has stays");
    source_board_take_seat(board, &seat);
    source_board_take_seat(board, &seat);
    source_board_take_seat(board, &seat);
    is_number(source_board_source(board, 5), SOURCE_KEY_NONE,
              "nor is one left behind the last worker");
    for (size_t i = 0; i < 6; i++) {
        source_board_free_seat(board, i);
        left += atomic_load(&shares[i].pages->seats[i].word) != 0;
    }
    is_number(left, 0, "nothing is left when all have ended, as after a reload");
}

/* Return how many of KEY were refused, as far as is known. */
static uint64_t count_refused(const struct source_board *board, uint64_t key)
{
    uint64_t other, sum = 0;

    for (size_t i = 0; i < REFUSALS; i++) {
        uint64_t count = source_board_refused(board, i, &other);

        sum += other == key ? count : 0;
    }
    return sum;
}

static void test_refusals(struct source_board *board)
{
    const struct source_share share = source_board_at(board, 0);
    uint64_t busy = source_key_of_user(1);

    for (int i = 0; i < 1000; i++)
        source_share_note_refused(&share, busy);
    is_number(count_refused(board, busy), 1000, "refusals of a source are added up");
    for (uint32_t i = 0; i < MANY; i++)
        source_share_note_refused(&share, source_key_of_user(1000 + i));
    is_number(count_refused(board, busy), 1000, "they are not forgotten for those of 100,000");
    source_share_note_refused(&share, source_key_of_user(2));
    is_number(count_refused(board, source_key_of_user(2)), 1, "the last one is known, too");
}

static void forge_refusal(const struct source_share *share, size_t index, uint64_t key,
                          uint64_t count)
{
    struct source_refusal *set = share->pages->refusals[index / SOURCE_REFUSALS];

    atomic_store(&set[index % SOURCE_REFUSALS].key, key);
    atomic_store(&set[index % SOURCE_REFUSALS].count, count);
}

static void test_random_refusals(struct source_board *board)
{
    const struct source_share share = source_board_at(board, 0);
    size_t too_great = 0, wrong_keys = 0, believed = 0;

    for (size_t i = 0; i < REFUSALS; i++) {
        uint64_t key, count;

        forge_refusal(&share, i, i % 2 == 0 ? random_word() : UINT64_C(0xff) << 56,
                      random_word() << 1 | 1);
        count = source_board_refused(board, i, &key);
        too_great += count > INT64_MAX;
        wrong_keys += i % 2 == 1 && count != 0;
        believed += count != 0;
    }
    is_number(too_great, 0, "random bytes make no number that is too great");
    is_number(wrong_keys, 0, "nor other keys a source");
    ok(believed < 50, "nor do keys count in sets that are not theirs: %zu of 1,024", believed);
}

static void test_forged_refusals(struct source_board *board)
{
    const struct source_share share = source_board_at(board, 0);
    uint64_t forged = source_key_of_user(1), keys[SOURCE_REFUSALS];
    size_t set = (source_hash(share.secret, forged) + 1) % SOURCE_REFUSAL_SETS, found = 0, lost = 0;

    for (size_t i = 0; i < REFUSALS; i++)
        forge_refusal(&share, i, forged, i % SOURCE_REFUSALS == 0 ? UINT64_MAX : 1);
    ok(count_refused(board, forged) == (uint64_t)INT64_MAX + 3, "one key counts in its set alone");
    for (uint32_t user = 2; found < SOURCE_REFUSALS; user++) {
        keys[found] = source_key_of_user(user);
        if (source_hash(share.secret, keys[found]) % SOURCE_REFUSAL_SETS == set)
            source_share_note_refused(&share, keys[found++]);
    }
    for (size_t i = 0; i < SOURCE_REFUSALS; i++)
        lost += count_refused(board, keys[i]) != 1;
    is_number(lost, 0, "elsewhere it makes room for as many sources as a set has");
}

int main(void)
{
    struct source_board *board = source_board_create(), *same;

    if (board == NULL)
        abort();
    test_keys();
    test_right_keys();
    test_seats(board);
    test_seat_count(board);
    test_entries(board);
    test_forged_entries(board);
    test_refusals(board);
    test_random_refusals(board);
    test_forged_refusals(board);
    same = source_board_share(board);
    source_board_leave(board);
    ok(source_board_inherit(same, true) == 0, "a board is there until its last pool has left");
    source_board_leave(same);
    source_board_leave(NULL);
    ok(source_board_inherit(NULL, true) == 0, "a pool without a board has none to pass on");
    ok(source_board_at(NULL, 0).pages == NULL, "and its workers count nothing");
    return tap_end();
}
