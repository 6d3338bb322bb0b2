// SPDX-License-Identifier: MIT
// tools/model/directory.h - who holds which line: one entry for each line of the guest's memory.
//
// Invariant:  `owned` iff the one hart in `sharers` holds the line Exclusive or Modified; then no
//             cluster's cache and no last level but its own has a copy.
// Cost:       lines have room from when they are first asked for, a chunk of neighbours at a time:
//             DIRECTORY_LINE_BYTES a line of it, and 4 bytes a chunk to find it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
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

// So few that what touches some lines here and there, such as the top of each of ten thousand
// stacks, pays for few others; so many that the index is small.
#define DIRECTORY_CHUNK_LINES 4

struct directory {
    uint32_t *chunks;               // where each chunk of lines is in `entries`; 0: nowhere yet
    struct directory_line *entries; // of the chunks in the order they came; the first is nobody's
    uint32_t used;                  // chunks that have room
    uint32_t lines;                 // that there are
};

// Make a directory in which nobody holds anything.
// Returns: one for `lines` lines; NULL if there is no room for it.
struct directory *directory_new(uint32_t lines);
void directory_free(struct directory *directory);

// What the directory has of a line, which may be changed.
static inline struct directory_line *directory_of(struct directory *directory, uint32_t line)
{
    uint32_t *chunk = &directory->chunks[line / DIRECTORY_CHUNK_LINES];

    if (__builtin_expect(*chunk == 0, 0)) {
        *chunk = ++directory->used;
    }
    return &directory->entries[*chunk * DIRECTORY_CHUNK_LINES + line % DIRECTORY_CHUNK_LINES];
}
