// SPDX-License-Identifier: MIT
// tools/model/machine.h - a machine as the model sees it: its shape, and what accesses cost.
//
// A machine is described by a file in tools/model/machines/; what is not said there is not known
// here: there are no defaults. Costs are in cycles. Harts 0, 1, ... fill a cluster, then the next;
// clusters fill a chip, then the next.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MACHINE_MAX_HARTS 64
#define MACHINE_MAX_CHIPS 8

struct machine {
    // Shape.
    uint32_t harts;         // how many there are
    uint32_t cluster_harts; // how many are in a cluster; 1: no clusters
    uint32_t chip_harts;    // how many are on a chip
    uint32_t l1_bytes;      // each hart's own cache
    uint32_t l1_ways;
    uint32_t cluster_bytes; // the cache that a cluster shares; 0: none
    uint32_t cluster_ways;
    uint32_t llc_bytes; // the last level, which a chip shares; 0: it holds all that was touched
    uint32_t llc_ways;

    // Costs.
    uint32_t hit;     // the L1 has it; this one includes the cycle of the instruction itself
    uint32_t cluster; // the cluster's cache has it
    uint32_t llc;     // the chip's last level has it
    uint32_t memory;  // no cache has it
    // Another hart's cache has it, and where.
    uint32_t transfer_cluster, transfer_chip, transfer_far;
    // Others have to drop their copies, and where the farthest one is.
    uint32_t upgrade_cluster, upgrade_chip, upgrade_far;
    uint32_t amo;    // what an atomic access takes on top
    uint32_t mmio;   // an access to no memory
    uint32_t jitter; // at most this much, at random, on top of each miss; 0: all is exact
    // In how many of 100 misses a hart that has been served comes to its next block before those
    // that queue for the line: arbiters are not first come, first served.
    uint32_t overtake;

    uint64_t given;  // which of them have been set: bits in order of the table in machine.c
    char error[160]; // why machine_set() or machine_check() has refused, for the user
};

// Begin a machine of which nothing is known yet.
void machine_init(struct machine *machine);

// Set one figure, as a description file names it.
// Returns: false if there is no such key or the value is none for it; machine->error says which
// there are.
bool machine_set(struct machine *machine, const char *key, const char *value);

// Check the machine as a whole, once all is set, and that it has `harts` harts.
// Returns: false if a figure is missing that this shape needs, if figures contradict each other, or
// if there are more harts than it has; machine->error says which.
bool machine_check(struct machine *machine, unsigned harts);
