// SPDX-License-Identifier: MIT
// tools/model/cache.h - the tags of one cache: which lines it holds, and in which MESI state.
//
// A word is a line's number and its state. A set is an array of words in order of last use, the
// empty ones last: the word at 0 is the most likely to hit, and the last one is the victim.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_SHIFT 6
#define LINE_BYTES (1u << LINE_SHIFT)

// In order of what the holder may do: read it; write it, too, and so become MODIFIED untold;
// write it. A word of 0 is empty.
enum mesi { MESI_INVALID, MESI_SHARED, MESI_EXCLUSIVE, MESI_MODIFIED };

#define CACHE_STATE_BITS 2
#define CACHE_STATE_MASK ((1u << CACHE_STATE_BITS) - 1)
// Lines are numbered from the start of the guest's memory, and a number has to fit in a word.
#define CACHE_MAX_LINES (1u << (32 - CACHE_STATE_BITS))
#define CACHE_MAX_WAYS  16

struct cache {
    uint32_t *words; // set by set
    uint32_t set_mask;
    uint32_t ways;
};

// Make an empty cache; `bytes` is LINE_BYTES times `ways` times a power of two.
// Returns: whether there was memory for it. cache_free() also takes one that is all zero.
bool cache_init(struct cache *cache, uint32_t bytes, uint32_t ways);
void cache_free(struct cache *cache);

static inline uint32_t cache_word(uint32_t line, enum mesi state)
{
    return line << CACHE_STATE_BITS | (uint32_t)state;
}

static inline uint32_t cache_line(uint32_t word)
{
    return word >> CACHE_STATE_BITS;
}

static inline enum mesi cache_state(uint32_t word)
{
    return (enum mesi)(word & CACHE_STATE_MASK);
}

// Return the `ways` words that may hold `line`.
static inline uint32_t *cache_set(const struct cache *cache, uint32_t line)
{
    return cache->words + (size_t)(line & cache->set_mask) * cache->ways;
}

// Return whether the word is that of `line`, in state `least` or better.
static inline bool cache_match(uint32_t word, uint32_t line, enum mesi least)
{
    return word - cache_word(line, least) <= (uint32_t)(MESI_MODIFIED - least);
}

// Move the word of way `way` to 0, and those before it one further.
static inline void cache_promote(uint32_t *set, uint32_t way)
{
    uint32_t word = set[way];

    for (; way > 0; way--) {
        set[way] = set[way - 1];
    }
    set[0] = word;
}

// Use `line` in its set: make its word the one at 0.
// Returns: whether the line is held in state `least` or better; if not, nothing changes.
static inline bool cache_use(uint32_t *set, uint32_t ways, uint32_t line, enum mesi least)
{
    if (__builtin_expect(cache_match(set[0], line, least), 1)) {
        return true;
    }
    for (uint32_t way = 1; way < ways; way++) {
        if (cache_match(set[way], line, least)) {
            cache_promote(set, way);
            return true;
        }
    }
    return false;
}

// Return the word of `line`, NULL if it is not held. Not a use: the order stays.
uint32_t *cache_find(const struct cache *cache, uint32_t line);

// Put in a line that is not held. Returns: the word that had to go, 0 if none had.
uint32_t cache_insert(const struct cache *cache, uint32_t line, enum mesi state);

// Take out the line, if it is held.
void cache_drop(const struct cache *cache, uint32_t line);
