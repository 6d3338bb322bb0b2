// SPDX-License-Identifier: MIT
// tools/model/hot.h - which cache lines an open region waits for, and where in the code.
//
// Misses are counted by site: one address, one instruction, one hart. Lines are made out of sites
// when the region ends. Memory: HOT_SITES sites, and an index of twice as many words; about 4 MiB,
// touched as needed. Full:   the colder half of the sites, by stall cycles, makes room. How many
// misses and stall
//         cycles went with it is known: so much may be missing from any line.
// Limits: hits are not seen. What a hart writes while it has a line to itself is known only by the
//         access that got it the line.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/model/coherence.h"

enum { HOT_SITES = 1 << 16 };

struct hot_counts {
    uint64_t misses;    // as in struct hart_counters, like the others
    uint64_t transfers; // of them
    uint64_t upgrades;  // of them
    uint64_t stores;    // of them: stores and atomics
    uint64_t stall_cycles;
    uint64_t queued_cycles;
};

static inline void hot_counts_add(struct hot_counts *sum, const struct hot_counts *more)
{
    sum->misses += more->misses;
    sum->transfers += more->transfers;
    sum->upgrades += more->upgrades;
    sum->stores += more->stores;
    sum->stall_cycles += more->stall_cycles;
    sum->queued_cycles += more->queued_cycles;
}

struct hot_site {
    uint64_t pa;
    uint64_t pc;
    unsigned hart;
    struct hot_counts counts;
};

struct hot_line {
    uint64_t pa; // of its first byte
    struct hot_counts counts;
    const struct hot_site *sites; // by pa, then pc, then hart; until the next hot_clear()
    size_t nr_sites;
};

struct hot;

// An empty collection. Returns: NULL if there is no memory.
struct hot *hot_new(void);
void hot_free(struct hot *hot);

// Forget everything: a region begins.
void hot_clear(struct hot *hot);

// Count one miss; it fits struct coherence's note. Not between hot_rank() and hot_clear().
void hot_note(void *hot, const struct coherence_event *event);

// The lines that harts stalled for longest, hottest first; of equals, the lower address first.
// Returns: how many were put in `top`, at most `max`. The region is over: only hot_clear() follows.
size_t hot_rank(struct hot *hot, struct hot_line *top, size_t max);

// What was counted and then given up to make room.
struct hot_counts hot_discarded(const struct hot *hot);
