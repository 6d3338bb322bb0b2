// SPDX-License-Identifier: MIT
// tests/host/coherence_machine.h - a machine for a test, from figures as the launcher gives them.
#pragma once

#include <stdio.h>
#include <string.h>

#include "tools/model/machine.h"

// flat.toml's figures, but for the jitter: so that costs can be worked out by hand.
#define FLAT_FIGURES                                                                               \
    "harts=64,cluster_harts=1,chip_harts=64,l1_bytes=32768,l1_ways=8,cluster_bytes=0,llc_bytes=0," \
    "hit=2,llc=25,memory=100,transfer_chip=80,upgrade_chip=60,amo=6,mmio=100,jitter=0,overtake=0"

// Two chips of two clusters of two; the L1s are so small that two more lines evict all. No two
// costs are equal.
#define SMALL_FIGURES                                                                              \
    "harts=8,cluster_harts=2,chip_harts=4,l1_bytes=128,l1_ways=2,"                                 \
    "cluster_bytes=4096,cluster_ways=4,llc_bytes=0,hit=3,cluster=10,llc=20,memory=100,"            \
    "transfer_cluster=41,transfer_chip=52,transfer_far=63,"                                        \
    "upgrade_cluster=31,upgrade_chip=37,upgrade_far=77,amo=5,mmio=200,jitter=0,overtake=0"

// Set all of `key=value,key=value`. Returns: false at the first that is refused.
static inline bool machine_from(struct machine *machine, const char *figures)
{
    char key[64], value[64];
    int used;

    machine_init(machine);
    for (; sscanf(figures, "%63[^=]=%63[^,]%n", key, value, &used) == 2; figures += used) {
        if (!machine_set(machine, key, value)) {
            return false;
        }
        used += figures[used] == ',';
    }
    return true;
}
