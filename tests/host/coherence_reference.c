// SPDX-License-Identifier: MIT
// tests/host/coherence_reference.c - the coherence model again, as plainly as it can be written.
#include "tests/host/coherence_reference.h"

#include <string.h>

enum distance { CLUSTER, CHIP, FAR };

static void make_cache(struct reference_cache *cache, uint32_t bytes, uint32_t ways)
{
    cache->sets = bytes == 0 ? 0 : bytes / LINE_BYTES / ways;
    cache->ways = ways;
}

void reference_init(struct reference *r, const struct machine *machine, unsigned harts,
                    enum mistake mistake)
{
    memset(r, 0, sizeof(*r));
    r->machine = *machine;
    r->harts = harts;
    r->mistake = mistake;
    for (unsigned i = 0; i < MACHINE_MAX_HARTS; i++) {
        make_cache(&r->l1[i], machine->l1_bytes, machine->l1_ways);
        make_cache(&r->cluster[i], machine->cluster_bytes, machine->cluster_ways);
    }
    for (unsigned i = 0; i < MACHINE_MAX_CHIPS; i++) {
        make_cache(&r->llc[i], machine->llc_bytes, machine->llc_ways);
    }
}

// ---- Where things are --------------------------------------------------------------------------

static unsigned cluster_of(const struct reference *r, unsigned hart)
{
    return hart / r->machine.cluster_harts;
}

static unsigned chip_of(const struct reference *r, unsigned hart)
{
    return hart / r->machine.chip_harts;
}

static enum distance distance(const struct reference *r, unsigned a, unsigned b)
{
    if (cluster_of(r, a) == cluster_of(r, b)) {
        return CLUSTER;
    }
    return chip_of(r, a) == chip_of(r, b) ? CHIP : FAR;
}

// How far the hart is from another cluster's cache. Its harts are all equally far.
static enum distance cluster_distance(const struct reference *r, unsigned hart, unsigned cluster)
{
    return distance(r, hart, cluster * r->machine.cluster_harts);
}

static unsigned clusters(const struct reference *r)
{
    return r->machine.cluster_bytes == 0 ? 0 : r->machine.harts / r->machine.cluster_harts;
}

static unsigned chips(const struct reference *r)
{
    return r->machine.harts / r->machine.chip_harts;
}

static bool others_have(const struct reference *r, unsigned hart, uint32_t line)
{
    for (unsigned i = 0; i < r->harts; i++) {
        if (i != hart && r->l1[i].state[line] != MESI_INVALID) {
            return true;
        }
    }
    return false;
}

// Returns: the other hart that has the line Exclusive or Modified, -1 if none.
static int owner_of(const struct reference *r, unsigned hart, uint32_t line)
{
    for (unsigned i = 0; i < r->harts; i++) {
        if (i != hart && r->l1[i].state[line] > MESI_SHARED) {
            return (int)i;
        }
    }
    return -1;
}

// Whether the cache of another cluster or the last level of another chip has a copy.
static bool other_levels_have(const struct reference *r, unsigned hart, uint32_t line)
{
    for (unsigned i = 0; i < clusters(r); i++) {
        if (i != cluster_of(r, hart) && r->cluster[i].state[line] != MESI_INVALID) {
            return true;
        }
    }
    for (unsigned i = 0; i < chips(r); i++) {
        if (i != chip_of(r, hart) && r->llc[i].state[line] != MESI_INVALID) {
            return true;
        }
    }
    return false;
}

// ---- Putting lines into caches -----------------------------------------------------------------

// Put a line in. Returns: the line that had to go, -1 if none; its state is left to the caller.
static int put(struct reference *r, struct reference_cache *cache, uint32_t line, enum mesi state)
{
    uint32_t held = 0;
    int oldest = -1;

    cache->state[line] = state;
    cache->used[line] = ++r->tick;
    for (uint32_t i = 0; i < REFERENCE_LINES && cache->sets > 0; i++) {
        if (cache->state[i] == MESI_INVALID || i % cache->sets != line % cache->sets) {
            continue;
        }
        held++;
        if (oldest < 0 || cache->used[i] < cache->used[oldest]) {
            oldest = (int)i;
        }
    }
    return held > cache->ways ? oldest : -1;
}

static void put_in_llc(struct reference *r, unsigned hart, uint32_t line)
{
    struct reference_cache *cache = &r->llc[chip_of(r, hart)];
    int victim = put(r, cache, line, MESI_SHARED);

    if (victim >= 0) {
        cache->state[victim] = MESI_INVALID;
    }
}

static void put_in_levels(struct reference *r, unsigned hart, uint32_t line)
{
    if (r->machine.cluster_bytes > 0) {
        struct reference_cache *cache = &r->cluster[cluster_of(r, hart)];
        int victim = put(r, cache, line, MESI_SHARED);

        if (victim >= 0) {
            cache->state[victim] = MESI_INVALID;
            put_in_llc(r, hart, (uint32_t)victim);
        }
    }
    put_in_llc(r, hart, line);
}

static void put_in_l1(struct reference *r, unsigned hart, uint32_t line, enum mesi state)
{
    int victim = put(r, &r->l1[hart], line, state);

    if (victim >= 0) {
        bool modified = r->l1[hart].state[victim] == MESI_MODIFIED;

        r->l1[hart].state[victim] = MESI_INVALID;
        if (modified && r->mistake != MISTAKE_NO_WRITE_BACK) {
            put_in_levels(r, hart, (uint32_t)victim);
        }
    }
    put_in_levels(r, hart, line);
}

// ---- Costs -------------------------------------------------------------------------------------

static uint32_t transfer(const struct machine *m, enum distance distance)
{
    const uint32_t costs[] = {m->transfer_cluster, m->transfer_chip, m->transfer_far};

    return costs[distance];
}

// The distance of the nearest other copy in an L1, a cluster's cache or a last level, FAR + 1 if
// there is none. A copy in the own chip's last level is for the caller to know.
static unsigned nearest_copy(const struct reference *r, unsigned hart, uint32_t line)
{
    unsigned nearest = FAR + 1;

    for (unsigned i = 0; i < r->harts; i++) {
        if (i != hart && r->l1[i].state[line] && distance(r, hart, i) < nearest) {
            nearest = distance(r, hart, i);
        }
    }
    for (unsigned i = 0; i < clusters(r); i++) {
        if (r->cluster[i].state[line] && cluster_distance(r, hart, i) < nearest) {
            nearest = cluster_distance(r, hart, i);
        }
    }
    for (unsigned i = 0; i < chips(r); i++) {
        if (r->llc[i].state[line] && i != chip_of(r, hart) && nearest > FAR) {
            nearest = FAR;
        }
    }
    return nearest;
}

static uint32_t fetch(const struct reference *r, unsigned hart, uint32_t line)
{
    const struct machine *m = &r->machine;
    int owner = owner_of(r, hart, line);

    if (owner >= 0) {
        return transfer(m, distance(r, hart, (unsigned)owner));
    }
    if (r->cluster[cluster_of(r, hart)].state[line]) {
        return m->cluster;
    }
    unsigned nearest = nearest_copy(r, hart, line);

    if (nearest > CLUSTER && r->llc[chip_of(r, hart)].state[line]) {
        return m->llc;
    }
    return nearest > FAR ? m->memory : transfer(m, (enum distance)nearest);
}

// What dropping all other copies costs, 0 if there are none.
static uint32_t drop(const struct reference *r, unsigned hart, uint32_t line)
{
    const struct machine *m = &r->machine;
    const uint32_t costs[] = {m->upgrade_cluster, m->upgrade_chip, m->upgrade_far};
    bool at[] = {false, false, false};

    for (unsigned i = 0; i < r->harts; i++) {
        at[distance(r, hart, i)] |= i != hart && r->l1[i].state[line];
    }
    for (unsigned i = 0; i < clusters(r); i++) {
        at[cluster_distance(r, hart, i)] |= i != cluster_of(r, hart) && r->cluster[i].state[line];
    }
    for (unsigned i = 0; i < chips(r); i++) {
        at[FAR] |= i != chip_of(r, hart) && r->llc[i].state[line];
    }
    if (r->mistake == MISTAKE_NEAREST_DROPS) {
        return at[CLUSTER] ? costs[CLUSTER] : at[CHIP] ? costs[CHIP] : at[FAR] ? costs[FAR] : 0;
    }
    return at[FAR] ? costs[FAR] : at[CHIP] ? costs[CHIP] : at[CLUSTER] ? costs[CLUSTER] : 0;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

// ---- Accesses ----------------------------------------------------------------------------------

static uint32_t load(struct reference *r, unsigned hart, uint32_t line)
{
    uint32_t cost = fetch(r, hart, line);
    int owner = owner_of(r, hart, line);

    r->counters[hart].transfers += others_have(r, hart, line);
    if (owner >= 0 && r->mistake != MISTAKE_KEEPS_OWNER) {
        if (r->l1[owner].state[line] == MESI_MODIFIED) {
            put_in_levels(r, (unsigned)owner, line);
        }
        r->l1[owner].state[line] = MESI_SHARED;
    }
    bool alone = !others_have(r, hart, line) &&
                 (!other_levels_have(r, hart, line) || r->mistake == MISTAKE_ALWAYS_EXCLUSIVE);

    put_in_l1(r, hart, line, alone ? MESI_EXCLUSIVE : MESI_SHARED);
    return cost;
}

static uint32_t store_cost(struct reference *r, unsigned hart, uint32_t line)
{
    bool held = r->l1[hart].state[line] == MESI_SHARED;
    bool shared = others_have(r, hart, line);

    r->counters[hart].transfers += shared && !held;
    r->counters[hart].upgrades += held && (shared || r->mistake == MISTAKE_COUNTS_ALL_SHARED);
    if (owner_of(r, hart, line) >= 0) {
        return fetch(r, hart, line);
    }
    if (held && shared) {
        return drop(r, hart, line);
    }
    return larger(held ? r->machine.llc : fetch(r, hart, line), drop(r, hart, line));
}

static uint32_t store(struct reference *r, unsigned hart, uint32_t line)
{
    uint32_t cost = store_cost(r, hart, line);

    for (unsigned i = 0; i < r->harts; i++) {
        if (i != hart) {
            r->l1[i].state[line] = MESI_INVALID;
        }
    }
    for (unsigned i = 0; i < clusters(r) && r->mistake != MISTAKE_STALE_LEVELS; i++) {
        if (i != cluster_of(r, hart)) {
            r->cluster[i].state[line] = MESI_INVALID;
        }
    }
    for (unsigned i = 0; i < chips(r) && r->mistake != MISTAKE_STALE_LEVELS; i++) {
        if (i != chip_of(r, hart)) {
            r->llc[i].state[line] = MESI_INVALID;
        }
    }
    if (r->l1[hart].state[line] == MESI_SHARED) {
        put(r, &r->l1[hart], line, MESI_MODIFIED);
    } else {
        put_in_l1(r, hart, line, MESI_MODIFIED);
    }
    return cost;
}

static void use(struct reference *r, unsigned hart, uint32_t line, enum access access)
{
    r->counters[hart].hits++;
    if (r->mistake != MISTAKE_FIRST_IN_OUT) {
        r->l1[hart].used[line] = ++r->tick;
    }
    if (access != ACCESS_LOAD) {
        r->l1[hart].state[line] = MESI_MODIFIED;
    }
}

uint64_t reference_access(struct reference *r, unsigned hart, uint32_t line, enum access access,
                          uint64_t now)
{
    struct hart_counters *counters = &r->counters[hart];
    uint32_t extra = access == ACCESS_ATOMIC ? r->machine.amo : 0;
    enum mesi needed = access == ACCESS_LOAD ? MESI_SHARED : MESI_EXCLUSIVE;

    counters->amos += access == ACCESS_ATOMIC;
    if (r->l1[hart].state[line] >= needed) {
        use(r, hart, line, access);
        return now + r->machine.hit - 1 + extra;
    }
    uint64_t cost = access == ACCESS_LOAD ? load(r, hart, line) : store(r, hart, line);
    uint64_t start = now > r->end[line] || r->mistake == MISTAKE_NO_QUEUE ? now : r->end[line];

    r->end[line] = start + cost;
    counters->misses++;
    counters->queued_cycles += start - now;
    counters->stall_cycles += start + cost - now;
    return start + cost + extra;
}
