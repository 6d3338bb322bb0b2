// SPDX-License-Identifier: MIT
// tools/model/coherence.c - how a miss changes the states of a line, and how misses queue.
//
// The states of a line in a hart's L1, and what each access makes of them:
//
//   own state  load          store or atomic             another hart's load   its store or atomic
//   Invalid    fill: E or S  fill: M, others drop it     -                     -
//   Shared     hit           upgrade: M, others drop it  S                     I
//   Exclusive  hit           hit: M, nobody is told      S                     I
//   Modified   hit           hit                         S, written back       I
//
// A load fills Exclusive if there is no copy but in the hart's own cluster's cache and last level,
// else Shared. A fill leaves a copy in both of these. They hold tags only: a copy there makes a
// later fill cheaper, and a store elsewhere takes it away. A line that is evicted from an L1 is
// taken from the directory; if it was Modified, it is written back, that is, put into the cluster's
// cache and the last level again. What a cluster's cache evicts goes to the last level, and what
// that evicts is in memory only, even while an L1 holds it: no level has to include another.
#include "tools/model/coherence.h"

#include <stdlib.h>

#include "tools/model/costs.h"

// ---- Making and freeing ------------------------------------------------------------------------

// Spread a seed into a state for xorshift64, which must not be 0.
static uint64_t spread(uint64_t seed)
{
    seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9;
    seed = (seed ^ seed >> 27) * 0x94d049bb133111eb;
    return (seed ^ seed >> 31) | 1;
}

static uint64_t bits(unsigned count)
{
    return count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
}

static struct place place_of(const struct machine *m, unsigned hart)
{
    unsigned cluster = hart / m->cluster_harts, chip = hart / m->chip_harts;
    unsigned chip_clusters = m->chip_harts / m->cluster_harts;

    return (struct place){
        .self = (uint64_t)1 << hart,
        .cluster_harts = bits(m->cluster_harts) << (cluster * m->cluster_harts),
        .chip_harts = bits(m->chip_harts) << (chip * m->chip_harts),
        .cluster = (uint64_t)1 << cluster,
        .chip_clusters = bits(chip_clusters) << (chip * chip_clusters),
        .chip = (uint8_t)(1u << chip),
        .cluster_index = (uint8_t)cluster,
        .chip_index = (uint8_t)chip,
    };
}

// Make `count` caches. Returns: false if there is no memory; free_caches() takes what there is.
static bool make_caches(struct cache **caches, unsigned count, uint32_t bytes, uint32_t ways)
{
    *caches = calloc(count, sizeof(**caches));
    for (unsigned i = 0; *caches != NULL && i < count; i++) {
        if (!cache_init(&(*caches)[i], bytes, ways)) {
            return false;
        }
    }
    return *caches != NULL;
}

static void free_caches(struct cache *caches, unsigned count)
{
    for (unsigned i = 0; caches != NULL && i < count; i++) {
        cache_free(&caches[i]);
    }
    free(caches);
}

static unsigned clusters_in(const struct machine *m)
{
    return m->harts / m->cluster_harts;
}

static unsigned chips_in(const struct machine *m)
{
    return m->harts / m->chip_harts;
}

static bool make_parts(struct coherence *c, uint64_t seed)
{
    const struct machine *m = &c->machine;

    c->harts = calloc(c->harts_count, sizeof(*c->harts));
    c->directory = directory_new(c->lines);
    for (unsigned i = 0; c->harts != NULL && i < c->harts_count; i++) {
        c->harts[i].place = place_of(m, i);
        c->harts[i].random = spread(seed * MACHINE_MAX_HARTS + i + 1);
        if (!cache_init(&c->harts[i].l1, m->l1_bytes, m->l1_ways)) {
            return false;
        }
    }
    return c->harts != NULL && c->directory != NULL &&
           (m->cluster_bytes == 0 ||
            make_caches(&c->clusters, clusters_in(m), m->cluster_bytes, m->cluster_ways)) &&
           (m->llc_bytes == 0 || make_caches(&c->llcs, chips_in(m), m->llc_bytes, m->llc_ways));
}

struct coherence *coherence_new(const struct machine *machine, unsigned harts, uint64_t ram_base,
                                uint64_t ram_bytes, uint64_t seed)
{
    bool whole = ram_base % LINE_BYTES == 0 && ram_bytes % LINE_BYTES == 0 && ram_bytes > 0;
    struct coherence *c = calloc(1, sizeof(*c));

    if (c == NULL || !whole || ram_bytes / LINE_BYTES > CACHE_MAX_LINES) {
        free(c);
        return NULL;
    }
    c->machine = *machine;
    c->harts_count = harts;
    c->ram_base = ram_base;
    c->lines = (uint32_t)(ram_bytes / LINE_BYTES);
    if (!make_parts(c, seed)) {
        coherence_free(c);
        return NULL;
    }
    return c;
}

void coherence_free(struct coherence *c)
{
    for (unsigned i = 0; c->harts != NULL && i < c->harts_count; i++) {
        cache_free(&c->harts[i].l1);
    }
    free(c->harts);
    directory_free(c->directory);
    free_caches(c->clusters, clusters_in(&c->machine));
    free_caches(c->llcs, chips_in(&c->machine));
    free(c);
}

// ---- The levels below the L1s ------------------------------------------------------------------

// Use a line in a level's cache, or put it there. Returns: the word that had to go, 0 if none.
static uint32_t level_use(const struct cache *level, uint32_t line)
{
    bool held = cache_use(cache_set(level, line), level->ways, line, MESI_SHARED);

    return held ? 0 : cache_insert(level, line, MESI_SHARED);
}

static void fill_llc(struct coherence *c, const struct place *place, uint32_t line)
{
    uint32_t victim = c->llcs != NULL ? level_use(&c->llcs[place->chip_index], line) : 0;

    if (victim != 0) {
        directory_of(c->directory, cache_line(victim))->chips &= (uint8_t)~place->chip;
    }
    directory_of(c->directory, line)->chips |= place->chip;
}

// Leave a copy in the hart's cluster's cache and in its last level.
static void fill_levels(struct coherence *c, const struct place *place, uint32_t line)
{
    if (c->clusters != NULL) {
        uint32_t victim = level_use(&c->clusters[place->cluster_index], line);

        if (victim != 0) {
            directory_of(c->directory, cache_line(victim))->clusters &= ~place->cluster;
            fill_llc(c, place, cache_line(victim));
        }
        directory_of(c->directory, line)->clusters |= place->cluster;
    }
    fill_llc(c, place, line);
}

// Take away the copies in other clusters' caches and in other chips' last levels.
static void drop_from_levels(struct coherence *c, const struct place *place, uint32_t line)
{
    struct directory_line *entry = directory_of(c->directory, line);

    for (uint64_t left = entry->clusters & ~place->cluster; left != 0; left &= left - 1) {
        cache_drop(&c->clusters[__builtin_ctzll(left)], line);
    }
    entry->clusters &= place->cluster;
    for (unsigned left = entry->chips & ~place->chip & 0xffu; left != 0 && c->llcs != NULL;
         left &= left - 1) {
        cache_drop(&c->llcs[__builtin_ctz(left)], line);
    }
    entry->chips &= place->chip;
}

// ---- The L1s -----------------------------------------------------------------------------------

static void evict(struct coherence *c, const struct place *place, uint32_t victim)
{
    struct directory_line *entry = directory_of(c->directory, cache_line(victim));

    entry->sharers &= ~place->self;
    if (cache_state(victim) != MESI_SHARED) {
        entry->owned = false;
    }
    if (cache_state(victim) == MESI_MODIFIED) {
        fill_levels(c, place, cache_line(victim));
    }
}

// Put a line into the hart's L1, as the directory already has it.
static void fill_l1(struct coherence *c, struct coherence_hart *self, uint32_t line,
                    enum mesi state)
{
    uint32_t victim = cache_insert(&self->l1, line, state);

    if (victim != 0) {
        evict(c, &self->place, victim);
    }
    fill_levels(c, &self->place, line);
}

// The owner keeps the line, Shared.
static void downgrade_owner(struct coherence *c, uint32_t line)
{
    struct directory_line *entry = directory_of(c->directory, line);
    struct coherence_hart *owner = &c->harts[__builtin_ctzll(entry->sharers)];
    uint32_t *word = cache_find(&owner->l1, line);

    if (cache_state(*word) == MESI_MODIFIED) {
        fill_levels(c, &owner->place, line);
    }
    *word = cache_word(line, MESI_SHARED);
    entry->owned = false;
}

static void load_miss(struct coherence *c, struct coherence_hart *self, uint32_t line)
{
    struct directory_line *entry = directory_of(c->directory, line);

    if (entry->owned) {
        downgrade_owner(c, line);
    }
    bool alone = entry->sharers == 0 && (entry->clusters & ~self->place.cluster) == 0 &&
                 (entry->chips & ~self->place.chip) == 0;

    entry->sharers |= self->place.self;
    entry->owned = alone;
    fill_l1(c, self, line, alone ? MESI_EXCLUSIVE : MESI_SHARED);
}

static void store_miss(struct coherence *c, struct coherence_hart *self, uint32_t line)
{
    struct directory_line *entry = directory_of(c->directory, line);
    bool held = entry->sharers & self->place.self;

    for (uint64_t left = entry->sharers & ~self->place.self; left != 0; left &= left - 1) {
        cache_drop(&c->harts[__builtin_ctzll(left)].l1, line);
    }
    drop_from_levels(c, &self->place, line);
    entry->sharers = self->place.self;
    entry->owned = true;
    if (held) {
        uint32_t *set = cache_set(&self->l1, line);

        cache_use(set, self->l1.ways, line, MESI_SHARED);
        set[0] = cache_word(line, MESI_MODIFIED);
    } else {
        fill_l1(c, self, line, MESI_MODIFIED);
    }
}

// ---- Time --------------------------------------------------------------------------------------

// One miss in so many leaves its hart late, by up to so many times what the miss costs.
#define LATE_ONE_IN 256
#define LATE_TIMES  2

// Return a number from 0 to `most`, each as likely.
static uint64_t random_up_to(struct coherence_hart *self, uint32_t most)
{
    self->random ^= self->random << 13;
    self->random ^= self->random >> 7;
    self->random ^= self->random << 17;
    return (self->random >> 32) * ((uint64_t)most + 1) >> 32;
}

// How late the hart goes on after a transaction, with the line free already. Harts that queue for
// a line come back in the order in which they have had it, and jitter below the cost of one
// transaction never changes that order: without this, some would wait for ever.
static uint64_t lateness(struct coherence_hart *self, uint32_t cost)
{
    return random_up_to(self, LATE_ONE_IN - 1) == 0 ? random_up_to(self, LATE_TIMES * cost) : 0;
}

// Wait until the line is free, then have it for the time of the transaction.
static void queue_up(struct directory_line *entry, uint64_t now, uint64_t cost,
                     struct coherence_event *event)
{
    event->queued_cycles = entry->busy > now ? entry->busy - now : 0;
    event->stall_cycles = event->queued_cycles + cost;
    entry->busy = now + event->stall_cycles;
}

static void count_miss(struct hart_counters *counters, const struct coherence_event *event)
{
    counters->misses++;
    counters->transfers += event->miss == MISS_TRANSFER;
    counters->upgrades += event->miss == MISS_UPGRADE;
    counters->stall_cycles += event->stall_cycles;
    counters->queued_cycles += event->queued_cycles;
}

// ---- Accesses ----------------------------------------------------------------------------------

// Judge the miss, then make it.
static struct verdict change(struct coherence *c, struct coherence_hart *self, uint32_t line,
                             enum access access)
{
    const struct directory_line *entry = directory_of(c->directory, line);

    if (access == ACCESS_LOAD) {
        struct verdict verdict = cost_of_load(&c->machine, entry, &self->place);

        load_miss(c, self, line);
        return verdict;
    }
    struct verdict verdict = cost_of_store(&c->machine, entry, &self->place);

    store_miss(c, self, line);
    return verdict;
}

uint64_t coherence_miss(struct coherence *c, const struct coherence_request *request)
{
    struct coherence_hart *self = &c->harts[request->hart];
    uint64_t line = (request->pa - c->ram_base) >> LINE_SHIFT;

    if (line >= c->lines) {
        self->counters.mmios++;
        return request->now + c->machine.mmio;
    }
    struct directory_line *entry = directory_of(c->directory, (uint32_t)line);
    struct coherence_event event = {
        .pa = request->pa, .pc = request->pc, .hart = request->hart, .access = request->access};
    struct verdict verdict = change(c, self, (uint32_t)line, request->access);

    event.miss = verdict.miss;
    queue_up(entry, request->now, verdict.cost + random_up_to(self, c->machine.jitter), &event);
    if (c->machine.jitter > 0) {
        event.stall_cycles += lateness(self, verdict.cost);
    }
    count_miss(&self->counters, &event);
    if (c->note != NULL) {
        c->note(c->note_ctx, &event);
    }
    return request->now + event.stall_cycles;
}
