// SPDX-License-Identifier: MIT
// tools/model/sv39.h - what a page table says of an address, and what an entry allows.
//
// Source: Privileged ISA 1.12, "Sv39: Page-Based 39-bit Virtual-Memory System".
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    SV39_LEVELS = 3, // 2 is the root's
    SV39_PAGE_SHIFT = 12,
    SV39_INDEX_BITS = 9,
    SATP_SV39 = 8,
    SATP_MODE_BIT = 60,
    SATP_ASID_BIT = 44,
};

enum sv39_bit {
    SV39_V = 1,
    SV39_R = 2,
    SV39_W = 4,
    SV39_X = 8,
    SV39_U = 16,
    SV39_G = 32,
    SV39_A = 64,
    SV39_D = 128,
};

enum use { USE_LOAD, USE_STORE, USE_FETCH, USES };

// Reads 8 bytes of the guest's memory. `context` is the reader's own.
typedef uint64_t (*memory_word)(void *context, uint64_t pa);

// The way from the root to where it ends: a leaf, an entry that is not valid, or one of the lowest
// level that is no leaf, which is an error of the table. By level; what is below `end` is not set.
struct sv39_walk {
    uint64_t root;              // pa
    uint64_t slot[SV39_LEVELS]; // pa of the entry
    uint64_t entry[SV39_LEVELS];
    int end;
};

static inline uint64_t sv39_root(uint64_t satp)
{
    return (satp & (((uint64_t)1 << SATP_ASID_BIT) - 1)) << SV39_PAGE_SHIFT;
}

static inline uint64_t sv39_asid(uint64_t satp)
{
    return satp >> SATP_ASID_BIT & 0xffff;
}

static inline bool sv39_is_on(uint64_t satp)
{
    return satp >> SATP_MODE_BIT == SATP_SV39;
}

// Bits of an address below what an entry of this level maps.
static inline unsigned sv39_shift(int level)
{
    return SV39_PAGE_SHIFT + SV39_INDEX_BITS * (unsigned)level;
}

static inline bool sv39_is_leaf(uint64_t entry)
{
    return (entry & SV39_V) != 0 && (entry & (SV39_R | SV39_X)) != 0;
}

// Where an entry points: a page, or the next table.
static inline uint64_t sv39_target(uint64_t entry)
{
    return (entry >> 10 & (((uint64_t)1 << 44) - 1)) << SV39_PAGE_SHIFT;
}

// The physical address of `va` by a leaf of `level`.
static inline uint64_t sv39_address(uint64_t leaf, int level, uint64_t va)
{
    uint64_t within = ((uint64_t)1 << sv39_shift(level)) - 1;

    return (sv39_target(leaf) & ~within) | (va & within);
}

// Does a leaf allow that use? SUM is taken to be set and MXR clear: an access that they forbid does
// not get here.
static inline bool sv39_allows(uint64_t leaf, enum use use, bool user)
{
    static const uint64_t needed[USES] = {SV39_R, SV39_W, SV39_X};
    bool of_user = (leaf & SV39_U) != 0;

    return sv39_is_leaf(leaf) && (leaf & needed[use]) != 0 &&
           (user ? of_user : !of_user || use != USE_FETCH);
}

// Go on from `table`, of walk->end - 1, to the end.
static inline void sv39_go_on(struct sv39_walk *walk, uint64_t table, uint64_t va, memory_word read,
                              void *context)
{
    do {
        int level = --walk->end;
        uint64_t index = va >> sv39_shift(level) & ((1u << SV39_INDEX_BITS) - 1);

        walk->slot[level] = table + index * sizeof(uint64_t);
        walk->entry[level] = read(context, walk->slot[level]);
        table = sv39_target(walk->entry[level]);
    } while (walk->end > 0 && (walk->entry[walk->end] & SV39_V) != 0 &&
             !sv39_is_leaf(walk->entry[walk->end]));
}

static inline struct sv39_walk sv39_walk(uint64_t satp, uint64_t va, memory_word read,
                                         void *context)
{
    struct sv39_walk walk = {.root = sv39_root(satp), .end = SV39_LEVELS};

    sv39_go_on(&walk, walk.root, va, read, context);
    return walk;
}
