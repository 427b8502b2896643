/*
 * why: see why.h.
 */
#include "client/control/why/why.h"

#include "client/control/why/notices.h"
#include "client/control/why/situations.h"
#include "common/text.h"

enum { NAME_SIZE = 256, SENTENCES = 2 };

/* Choose the situations that matter, the gravest of each topic, MOST of them. Returns how many
 * CHOSEN indices there are. */
static size_t choose(const struct outlook *outlook, size_t *chosen, size_t most)
{
    unsigned topics = 0;
    size_t count = 0;

    for (size_t i = 0; i < situation_count && count < most; i++) {
        unsigned topic = 1U << situations[i].topic;

        if ((topics & topic) != 0 || !situations[i].holds(outlook))
            continue;
        topics |= topic;
        chosen[count++] = i;
    }
    return count;
}

static struct outlook look(const struct snapshot *snapshot, const struct snapshot_pool *pool)
{
    return (struct outlook){.master = snapshot, .pool = pool, .stats = &pool->stats};
}

/* Explain a pool if its gravest situation is GRAVEST. */
static void explain(const struct outlook *outlook, size_t gravest, FILE *out)
{
    size_t chosen[SENTENCES], count = choose(outlook, chosen, SENTENCES);
    char name[NAME_SIZE];

    if (count == 0 || chosen[0] != gravest)
        return;
    text_copy_printable(outlook->pool->name, name, sizeof(name));
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "pool %s: ", name);
        situations[chosen[i]].say(outlook, out);
        fputc('\n', out);
    }
}

void why_print(const struct snapshot *snapshot, FILE *out)
{
    for (size_t gravest = 0; gravest < situation_count; gravest++) {
        for (size_t i = 0; i < snapshot->pool_count; i++) {
            const struct outlook outlook = look(snapshot, &snapshot->pools[i]);

            explain(&outlook, gravest, out);
        }
    }
    notices_print_reload(snapshot, "master: ", out);
    notices_print_dropped(snapshot, "master: ", out);
}

void why_print_pool(const struct snapshot *snapshot, const struct snapshot_pool *pool, FILE *out)
{
    const struct outlook outlook = look(snapshot, pool);
    size_t chosen[SENTENCES], count = choose(&outlook, chosen, SENTENCES);

    for (size_t i = 0; i < count; i++) {
        situations[chosen[i]].say(&outlook, out);
        fputc('\n', out);
    }
}

enum standing why_judge(const struct snapshot *snapshot, const struct snapshot_pool *pool)
{
    const struct outlook outlook = look(snapshot, pool);
    enum standing standing = STANDING_WELL;
    size_t chosen[TOPICS], count = choose(&outlook, chosen, TOPICS);

    for (size_t i = 0; i < count; i++) {
        if (situations[chosen[i]].standing > standing)
            standing = situations[chosen[i]].standing;
    }
    return standing;
}
