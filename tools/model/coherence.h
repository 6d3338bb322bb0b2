// SPDX-License-Identifier: MIT
// tools/model/coherence.h - what a memory access costs a hart, on a machine with coherent caches.
//
// Each hart has an L1 with MESI states; a cluster may share a cache, a chip shares the last level,
// and a directory knows who holds what. An access that the hart's L1 can serve in the state that
// it has is a hit; any other is a miss, which asks the directory. coherence.c says how a miss
// changes the states, costs.c what it takes.
//
// Each line has a queue: a transaction on it starts when the one before has ended. Without that,
// any number of harts would take a contended line at once, and no lock would ever collapse.
//
// Limits: an access counts for the line of its first byte. Data comes at once and in order: there
// is no store buffer, no prefetch, no instruction cache, and no limit to bandwidth but the queue.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tools/model/cache.h"
#include "tools/model/directory.h"
#include "tools/model/machine.h"

// ATOMIC: an AMO or an SC. It asks for ownership at once, and is a store in all else.
enum access { ACCESS_LOAD, ACCESS_STORE, ACCESS_ATOMIC };

// What has served a miss. A store that finds the line in its own L1, Shared, is an UPGRADE if other
// L1s hold it, else the LLC's.
enum miss { MISS_CLUSTER, MISS_LLC, MISS_MEMORY, MISS_TRANSFER, MISS_UPGRADE };

struct hart_counters {
    uint64_t hits;
    uint64_t misses;        // every access to memory that is not a hit
    uint64_t transfers;     // of them: fills of a line that another hart's L1 holds, in any state
    uint64_t upgrades;      // of them: stores to a line held Shared that other L1s hold, too
    uint64_t stall_cycles;  // what the misses took, queueing included
    uint64_t queued_cycles; // of it: waiting until the line was free
    uint64_t amos;
    uint64_t mmios;
};

// One miss, for whoever wants to know why a line is slow.
struct coherence_event {
    uint64_t pa; // the byte that was accessed
    uint64_t pc;
    uint64_t stall_cycles; // queueing included
    uint64_t queued_cycles;
    unsigned hart;
    enum access access;
    enum miss miss;
};

// Where a hart is, as sets of harts, clusters and chips.
struct place {
    uint64_t self;          // only the hart
    uint64_t cluster_harts; // those of its cluster, itself included
    uint64_t chip_harts;    // those of its chip, itself included
    uint64_t cluster;       // only its cluster
    uint64_t chip_clusters; // those of its chip, its own included
    uint8_t chip;           // only its chip
    uint8_t cluster_index;
    uint8_t chip_index;
};

struct coherence_hart {
    struct cache l1;
    struct hart_counters counters;
    uint64_t random; // the state of its jitter
    struct place place;
};

struct coherence {
    uint64_t ram_base;
    uint32_t lines;
    unsigned harts_count;
    struct coherence_hart *harts;
    struct directory *directory;
    struct cache *clusters; // by cluster; NULL if the machine has none
    struct cache *llcs;     // by chip; NULL if the last level holds all that was touched
    struct machine machine;
    // Called on every miss if not NULL, after the model has changed.
    void (*note)(void *ctx, const struct coherence_event *event);
    void *note_ctx;
};

// Make the model of a machine that machine_check() has passed, with `harts` of its harts, none of
// which holds anything. The same seed gives the same jitter.
// Returns: NULL if there is no memory, or if the guest's memory is not whole lines or has more than
// CACHE_MAX_LINES of them.
struct coherence *coherence_new(const struct machine *machine, unsigned harts, uint64_t ram_base,
                                uint64_t ram_bytes, uint64_t seed);
void coherence_free(struct coherence *c);

static inline const struct hart_counters *coherence_counters(const struct coherence *c,
                                                             unsigned hart)
{
    return &c->harts[hart].counters;
}

struct coherence_request {
    uint64_t pa, pc;
    uint64_t now;
    unsigned hart;
    enum access access;
};

// Make an access that is no hit. Returns: the hart's clock after it, but for an atomic's extra.
uint64_t coherence_miss(struct coherence *c, const struct coherence_request *request);

// Make one access of a hart whose clock is at `now`; the instruction's own cycle is in it already.
// Returns: the hart's clock after it.
// Six parameters, since it is inlined where all of them are in registers.
// NOLINTNEXTLINE(readability-function-size)
static inline uint64_t coherence_access(struct coherence *c, unsigned hart, uint64_t pa,
                                        enum access access, uint64_t now, uint64_t pc)
{
    struct coherence_hart *self = &c->harts[hart];
    uint64_t line = (pa - c->ram_base) >> LINE_SHIFT;
    enum mesi least = access == ACCESS_LOAD ? MESI_SHARED : MESI_EXCLUSIVE;
    uint32_t *set = cache_set(&self->l1, (uint32_t)line);

    uint32_t extra = access == ACCESS_ATOMIC ? c->machine.amo : 0;

    self->counters.amos += access == ACCESS_ATOMIC;
    if (__builtin_expect(line < c->lines && cache_use(set, self->l1.ways, (uint32_t)line, least),
                         1)) {
        if (access != ACCESS_LOAD) {
            set[0] = cache_word((uint32_t)line, MESI_MODIFIED);
        }
        self->counters.hits++;
        return now + c->machine.hit - 1 + extra;
    }
    return extra +
           coherence_miss(c, &(struct coherence_request){
                                 .pa = pa, .pc = pc, .now = now, .hart = hart, .access = access});
}
