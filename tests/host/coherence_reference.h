// SPDX-License-Identifier: MIT
// tests/host/coherence_reference.h - the coherence model again, as plainly as it can be written.
//
// A table of states for each cache, by line. There is no directory: who holds a line is found by
// looking into every cache, and a victim by comparing when each line was last used.
#pragma once

#include "tools/model/coherence.h"

#define REFERENCE_LINES 256

struct reference_cache {
    enum mesi state[REFERENCE_LINES]; // of a level below the L1s: Shared or Invalid
    uint64_t used[REFERENCE_LINES];   // when it was last used; later is more
    uint32_t sets;                    // 0: holds every line
    uint32_t ways;
};

// What a reference may be told to do wrong, so that the comparison proves that it sees it.
enum mistake {
    MISTAKE_NONE,
    MISTAKE_KEEPS_OWNER,       // a load leaves the owner Exclusive or Modified
    MISTAKE_NO_QUEUE,          // transactions on a line overlap
    MISTAKE_FIRST_IN_OUT,      // a hit is no use
    MISTAKE_NO_WRITE_BACK,     // an evicted Modified line does not come back to the levels
    MISTAKE_STALE_LEVELS,      // a store leaves the copies of other clusters' and chips' caches
    MISTAKE_ALWAYS_EXCLUSIVE,  // a load is Exclusive though another cluster's cache has a copy
    MISTAKE_NEAREST_DROPS,     // an upgrade costs what the nearest copy costs
    MISTAKE_COUNTS_ALL_SHARED, // a store to a Shared line is an upgrade even if nobody else has it
    MISTAKES
};

struct reference {
    struct machine machine; // without jitter
    unsigned harts;
    enum mistake mistake;
    struct reference_cache l1[MACHINE_MAX_HARTS], cluster[MACHINE_MAX_HARTS];
    struct reference_cache llc[MACHINE_MAX_CHIPS];
    struct hart_counters counters[MACHINE_MAX_HARTS];
    uint64_t tick;
    uint64_t end[REFERENCE_LINES]; // when the last transaction on the line ends
};

void reference_init(struct reference *r, const struct machine *machine, unsigned harts,
                    enum mistake mistake);

// The same as coherence_access(), for a line by its number.
uint64_t reference_access(struct reference *r, unsigned hart, uint32_t line, enum access access,
                          uint64_t now);
