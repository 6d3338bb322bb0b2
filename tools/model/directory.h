// SPDX-License-Identifier: MIT
// tools/model/directory.h - who holds which line: one entry for each line of the guest's memory.
//
// Invariant:  `owned` iff the one hart in `sharers` holds the line Exclusive or Modified; then no
//             cluster's cache and no last level but its own has a copy.
// Cost:       the host gives memory to what is touched only: DIRECTORY_LINE_BYTES a line.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// All that the model keeps of a line: the tags of the caches do not grow with the memory.
#define DIRECTORY_LINE_BYTES 32

struct directory_line {
    uint64_t sharers;  // the harts whose L1 holds it
    uint64_t clusters; // the clusters whose cache holds it
    uint64_t busy;     // the clock at which its last transaction ends
    uint8_t chips;     // the chips whose last level holds it
    bool owned;
    uint8_t unused[6];
};

_Static_assert(sizeof(struct directory_line) == DIRECTORY_LINE_BYTES, "memory per touched line");

// Make a directory in which nobody holds anything.
// Returns: `lines` entries; NULL if there is no room for them.
struct directory_line *directory_new(uint32_t lines);
void directory_free(struct directory_line *directory, uint32_t lines);
