// SPDX-License-Identifier: MIT
// tools/model/costs.c - what serves a miss, and what that costs, by where the copies are.
//
// A load is served by the nearest copy, unless a hart owns the line: then only the owner's will do,
// since it may have been written. A store, too, has to have the line, and all other copies have to
// go: it costs the fetch or the farthest of the copies that go, whichever is more. An owner gives
// its copy and drops it at once.
#include "tools/model/costs.h"

// What an owner's copy costs, by where the owner is.
static uint32_t transfer_cost(const struct machine *m, uint64_t owner, const struct place *place)
{
    if (owner & place->cluster_harts) {
        return m->transfer_cluster;
    }
    return owner & place->chip_harts ? m->transfer_chip : m->transfer_far;
}

// What the nearest of several copies costs; if there is none, memory.
static uint32_t fetch_cost(const struct machine *m, const struct directory_line *entry,
                           const struct place *place)
{
    if (entry->clusters & place->cluster) {
        return m->cluster;
    }
    if (entry->sharers & place->cluster_harts & ~place->self) {
        return m->transfer_cluster;
    }
    if (entry->chips & place->chip) {
        return m->llc;
    }
    if (entry->sharers & place->chip_harts & ~place->self ||
        entry->clusters & place->chip_clusters) {
        return m->transfer_chip;
    }
    return entry->sharers || entry->clusters || entry->chips ? m->transfer_far : m->memory;
}

// What it costs that all copies but the hart's own, its cluster's and its chip's go; 0: there are
// none.
static uint32_t drop_cost(const struct machine *m, const struct directory_line *entry,
                          const struct place *place)
{
    uint64_t harts = entry->sharers & ~place->self;
    uint64_t clusters = entry->clusters & ~place->cluster;

    if (harts & ~place->chip_harts || clusters & ~place->chip_clusters ||
        entry->chips & ~place->chip) {
        return m->upgrade_far;
    }
    if (harts & ~place->cluster_harts || clusters) {
        return m->upgrade_chip;
    }
    return harts ? m->upgrade_cluster : 0;
}

// What serves a fill.
static enum miss fill_kind(const struct directory_line *entry, const struct place *place)
{
    if (entry->sharers & ~place->self) {
        return MISS_TRANSFER;
    }
    if (entry->clusters & place->cluster) {
        return MISS_CLUSTER;
    }
    return entry->chips || entry->clusters ? MISS_LLC : MISS_MEMORY;
}

struct verdict cost_of_load(const struct machine *machine, const struct directory_line *entry,
                            const struct place *place)
{
    uint32_t cost = entry->owned ? transfer_cost(machine, entry->sharers, place)
                                 : fetch_cost(machine, entry, place);

    return (struct verdict){fill_kind(entry, place), cost};
}

struct verdict cost_of_store(const struct machine *machine, const struct directory_line *entry,
                             const struct place *place)
{
    bool held = entry->sharers & place->self;

    if (entry->owned) {
        return cost_of_load(machine, entry, place);
    }
    uint32_t drop = drop_cost(machine, entry, place);

    if (held && entry->sharers & ~place->self) {
        return (struct verdict){MISS_UPGRADE, drop};
    }
    // Alone with a Shared copy: the last level has to be asked whether that is so.
    uint32_t fetch = held ? machine->llc : fetch_cost(machine, entry, place);
    enum miss miss = held ? MISS_LLC : fill_kind(entry, place);

    return (struct verdict){miss, fetch > drop ? fetch : drop};
}
