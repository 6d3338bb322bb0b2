// SPDX-License-Identifier: MIT
// mm/objcache.h - caches of equal-sized objects, cut from slabs of frames.
//
//     static struct objcache timers = OBJCACHE_INIT(timers, struct timer);
//
// Lock order:  RANK_OBJCACHE, one cache at a time; RANK_FRAMES is taken under it.
// Cost:        a lock pair and about 15 instructions while a slab has room.
// Debug:       an object is followed by a guard word and poisoned while free: overruns, double
//              frees, frees to the wrong cache and writes after a free panic with the cache's name.
// Reference:   Bonwick, "The Slab Allocator", USENIX Summer 1994; without constructors.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/list.h"
#include "kernel/base/types.h"
#include "sync/spinlock.h"

struct slab;

enum { OBJCACHE_OBJECT_MAX = 2048 };

struct objcache {
    struct spinlock lock;
    const char *name;          // constant
    size_t object_bytes;       // constant
    size_t object_align;       // constant
    struct list partial;       // guarded by: lock; slabs with objects both in use and free
    struct slab *spare;        // guarded by: lock; the one empty slab that is kept, or NULL
    size_t nr_used;            // guarded by: lock; objects in use
    size_t nr_slabs;           // guarded by: lock; the spare one included
    size_t stride;             // constant after the first allocation, as the rest; 0 before
    size_t first;              // offset of a slab's first object
    size_t link;               // offset, in a free object, of the link to the next one
    unsigned slab_order;       // frames of a slab, as a power of two
    unsigned slab_objects;     // objects of a slab
    struct objcache *next_all; // constant after the first allocation: the list of all caches
};

// An empty cache, the variable `cache`, of objects of type `type`; it needs no other set-up.
#define OBJCACHE_INIT(cache, type)                                                                 \
    {                                                                                              \
        .lock = SPINLOCK_INIT(#cache, RANK_OBJCACHE), .name = #cache,                              \
        .object_bytes = sizeof(type), .object_align = _Alignof(type),                              \
        .partial = LIST_INIT((cache).partial)                                                      \
    }

// Take an object; its contents are undefined.
// Returns: the object, or NULL if memory is exhausted.
// Context: any; takes cache->lock and RANK_FRAMES; does not sleep.
NODISCARD void *objcache_alloc(struct objcache *cache);

// Give `object` back to the cache it came from.
// Context: as objcache_alloc().
void objcache_free(struct objcache *cache, void *object);

// Give the spare slab of `cache`, the only frames in it that hold no object, back to the frames.
// Context: as objcache_alloc().
void objcache_shrink(struct objcache *cache);

// The same for every cache that has ever been used. Context: as objcache_alloc().
void objcache_shrink_all(void);

// How many objects are in use. Context: any; takes cache->lock.
size_t objcache_used(struct objcache *cache);

// What a cache has. `frames` are those of its slabs.
struct objcache_usage {
    const char *name;
    size_t objects;
    size_t frames;
};

// Describe the cache after `*cache`, which is NULL to begin with, and move `*cache` to it.
// Returns: whether there is one that has ever been used. Context: any; takes its lock.
NODISCARD bool objcache_next(struct objcache **cache, struct objcache_usage *usage);
