// SPDX-License-Identifier: MIT
// tools/model/cache.c - the tags of one cache: what is not on the path of a hit.
#include "tools/model/cache.h"

#include <stdlib.h>

bool cache_init(struct cache *cache, uint32_t bytes, uint32_t ways)
{
    uint32_t lines = bytes / LINE_BYTES;

    cache->ways = ways;
    cache->set_mask = lines / ways - 1;
    cache->words = calloc(lines, sizeof(*cache->words));
    return cache->words != NULL;
}

void cache_free(struct cache *cache)
{
    free(cache->words);
}

uint32_t *cache_find(const struct cache *cache, uint32_t line)
{
    uint32_t *set = cache_set(cache, line);

    for (uint32_t way = 0; way < cache->ways; way++) {
        if (cache_match(set[way], line, MESI_SHARED)) {
            return &set[way];
        }
    }
    return NULL;
}

uint32_t cache_insert(const struct cache *cache, uint32_t line, enum mesi state)
{
    uint32_t *set = cache_set(cache, line);
    uint32_t victim = set[cache->ways - 1];

    cache_promote(set, cache->ways - 1);
    set[0] = cache_word(line, state);
    return victim;
}

void cache_drop(const struct cache *cache, uint32_t line)
{
    uint32_t *end = cache_set(cache, line) + cache->ways;
    uint32_t *word = cache_find(cache, line);

    if (word != NULL) {
        for (; word + 1 < end; word++) {
            word[0] = word[1];
        }
        *word = 0;
    }
}
