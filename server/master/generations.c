/*
 * generations: see generations.h.
 */
#include "server/master/generations.h"

#include "server/event.h"

void generations_append(struct master *master, struct station *station)
{
    struct station **end = &master->stations;

    while (*end != NULL)
        end = &(*end)->next;
    *end = station;
}

void generations_part_with(struct master *master, struct station *station)
{
    struct station **place = &master->stations;

    while (*place != NULL && *place != station)
        place = &(*place)->next;
    if (*place != NULL)
        *place = station->next;
    station_close(station);
}

/* Whether a station of GENERATION is left. */
static bool lives(const struct master *master, uint64_t generation)
{
    const struct station *station = master->stations;

    while (station != NULL && station->generation != generation)
        station = station->next;
    return station != NULL;
}

void generations_bury(struct master *master, struct station *station)
{
    struct station *heir = state_find(master, station->config->name);
    struct config *config = station->root;
    uint64_t generation = station->generation;

    if (heir != NULL)
        tally_merge(&heir->tally, &station->tally);
    else
        event_stopped(station->config->name, &station->tally);
    generations_part_with(master, station);
    if (!lives(master, generation) && config != master->config)
        config_free(config);
}

struct station *generations_candidate(const struct master *master)
{
    struct station *station = master->stations;

    while (station != NULL &&
           (station->phase != PHASE_RUNNING || station->generation == master->generation))
        station = station->next;
    return station;
}

size_t generations_retiring(const struct master *master)
{
    uint64_t last = 0;
    size_t count = 0;

    for (const struct station *station = master->stations; station != NULL;
         station = station->next) {
        if (station->phase != PHASE_RUNNING && station->generation != last)
            count++;
        if (station->phase != PHASE_RUNNING)
            last = station->generation;
    }
    return count;
}

void generations_put_first(struct master *master, uint64_t generation)
{
    struct station *others = NULL, **first = &master->stations, **end = &others;

    for (struct station *station = master->stations, *next; station != NULL; station = next) {
        next = station->next;
        station->next = NULL;
        if (station->generation == generation) {
            *first = station;
            first = &station->next;
        } else {
            *end = station;
            end = &station->next;
        }
    }
    *first = others;
}

void generations_bury_all(struct master *master)
{
    for (struct station *station = master->stations, *next; station != NULL; station = next) {
        next = station->next;
        if (station->generation != master->generation)
            generations_bury(master, station);
    }
}
