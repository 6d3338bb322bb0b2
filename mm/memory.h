// SPDX-License-Identifier: MIT
// mm/memory.h - the machine's memory: from what the firmware describes to a filled frame allocator.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

enum { MEMORY_RANGES_MAX = 16 };

struct memory_range {
    pa_t base;
    uint64_t bytes;
};

// What boot learnt. RAM ranges do not overlap one another; the reserved ones may lie anywhere, at
// any alignment. The image need not be among them.
struct memory_map {
    pa_t image; // where it was loaded
    unsigned nr_ram;
    unsigned nr_reserved;
    struct memory_range ram[MEMORY_RANGES_MAX];
    struct memory_range reserved[MEMORY_RANGES_MAX];
};

// Give all RAM of `map` that is neither reserved nor the image to the frame allocator, less one
// byte a frame for its states. RAM that is not whole pages or beyond the linear map is left out.
// Context: boot, once this hart's tp is set and while all RAM is mapped linearly; panics if `map`
// makes no sense. Cost: about one instruction a frame.
void memory_init(const struct memory_map *map);

// The map given to memory_init(), its RAM as it was used: page-aligned and inside the linear map.
const struct memory_map *memory_map(void);

// Have `reclaim`, called first by every mm_reclaim() and mm_make_room(), give back what a higher
// layer keeps for reuse. Context: boot; there are two.
void mm_on_reclaim(void (*reclaim)(void));

// Give back what mm_on_reclaim()'s layers and the caches of this directory keep: stacks, spare
// slabs, this hart's frames. With no thread allocating, frames_free_count() is afterwards what it
// was at the last such call if as many stacks and objects are in use. Context: thread or boot, no
// lock held; waits, in the firmware, until all harts fence, so it is better called with interrupts
// on.
void mm_reclaim(void);

// The same, for who wants memory and found none: it leaves the stacks that kstack_shrink_surplus()
// leaves. Else threads that end and begin while there is no memory would have all harts fence for
// each of them. Context: as above.
void mm_make_room(void);

// frames_alloc(), and if it finds nothing, mm_make_room() and once more.
// Returns: as frames_alloc(). Context: as mm_reclaim().
NODISCARD void *frames_alloc_or_reclaim(unsigned order);

// The same for an object of `cache`. Returns: as objcache_alloc(). Context: as mm_reclaim().
struct objcache;
NODISCARD void *objcache_alloc_or_reclaim(struct objcache *cache);
