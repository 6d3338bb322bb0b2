// SPDX-License-Identifier: MIT
// kernel/base/random.h - xoshiro256**: fast, seedable, equal on every machine; not for secrets.
//
// Limits:     one generator belongs to one thread or lock; nothing here is atomic.
// Reference:  Blackman & Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4),
//             2021; Lemire, "Fast random integer generation in an interval", ACM TOMACS 29(1),
//             2019.
#pragma once

#include "kernel/base/panic.h"
#include "kernel/base/types.h"

struct random {
    uint64_t s[4]; // never all zero
};

static inline uint64_t random_rotate(uint64_t x, unsigned left)
{
    return x << left | x >> (64 - left);
}

// One step of splitmix64, whose outputs differ for any two states: it spreads a small seed.
static inline uint64_t random_spread(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15; // 2^64 divided by the golden ratio, made odd
    uint64_t z = *state;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

// Start the sequence that belongs to `seed`; any value will do.
static inline void random_seed(struct random *r, uint64_t seed)
{
    for (unsigned i = 0; i < 4; i++) {
        r->s[i] = random_spread(&seed);
    }
}

// Returns: the next 64 random bits.
static inline uint64_t random_next(struct random *r)
{
    uint64_t *s = r->s;
    uint64_t result = random_rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = random_rotate(s[3], 45);
    return result;
}

// Returns: a number in 0..n-1, each equally likely; n > 0. Takes a second draw with probability
// below n / 2^64: the high half of draw * n is the answer unless the low half falls in the
// (2^64 mod n) surplus values that would favour some answers.
static inline uint64_t random_below(struct random *r, uint64_t n)
{
    assert(n > 0);
    uint64_t surplus = -n % n;

    for (;;) {
        unsigned __int128 product = (unsigned __int128)random_next(r) * n;

        if ((uint64_t)product >= surplus) {
            return (uint64_t)(product >> 64);
        }
    }
}
