// SPDX-License-Identifier: MIT
// kernel/base/bits.h - bit tricks, each inline code on plain rv64imac: the kernel has no libgcc.
#pragma once

#include "kernel/base/panic.h"
#include "kernel/base/types.h"

static inline uint64_t bit(unsigned n)
{
    return (uint64_t)1 << n;
}

// Returns: the number of the lowest set bit of `x`, which is not 0.
static inline unsigned bit_lowest(uint64_t x)
{
    debug_assert(x != 0);
    return (unsigned)__builtin_ctzll(x);
}

// Returns: the number of the highest set bit of `x`, which is not 0: the logarithm, rounded down.
static inline unsigned bit_highest(uint64_t x)
{
    debug_assert(x != 0);
    return 63 - (unsigned)__builtin_clzll(x);
}

// Returns: how many bits of `x` are set.
static inline unsigned bit_count(uint64_t x)
{
    return (unsigned)__builtin_popcountll(x);
}

// Round to a multiple of `unit`, a power of two. Rounding up wraps to 0 beyond the last multiple.
static inline uint64_t round_down(uint64_t x, uint64_t unit)
{
    return x & ~(unit - 1);
}

static inline uint64_t round_up(uint64_t x, uint64_t unit)
{
    return (x + unit - 1) & ~(unit - 1);
}

static inline bool is_aligned(uint64_t x, uint64_t unit)
{
    return (x & (unit - 1)) == 0;
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}
