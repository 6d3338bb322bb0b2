// SPDX-License-Identifier: MIT
// mm/frame.h - physical memory in blocks of 2^order frames: a buddy allocator with per-hart caches.
//
// Blocks are named by their address in the linear map and aligned to their size. Each hart keeps up
// to FRAME_CACHE_MAX single frames to itself, so that the common order 0 needs no lock.
// Lock order:  RANK_FRAMES is innermost of mm's: taken under RANK_STACKS and RANK_OBJCACHE, and
//              nothing is taken under it. Per-hart caches are guarded by interrupts being off.
// Exhaustion:  an allocation returns NULL, and up to FRAME_CACHE_MAX frames for each other hart may
//              still be free then. Nothing is reclaimed behind the caller's back.
// Debug:       frames are poisoned when freed and checked when allocated; a double free, a free of
//              what was not allocated or with another order, and a changed free frame panic.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

enum {
    FRAME_ORDER_MAX = 10,  // 4 MiB
    FRAME_CACHE_MAX = 16,  // single frames a hart keeps
    FRAME_CACHE_BATCH = 8, // moved between a hart's cache and the buddy lists at once
    FRAME_CACHE_ORDER = 3, // of a block as large as that
};

// Take 2^order contiguous frames; their contents are undefined.
// Returns: their address in the linear map; NULL if there is no such block, or order is too large.
// Context: any, once this hart's tp is set; takes RANK_FRAMES. About 30 instructions for order 0
//          from the cache.
NODISCARD void *frames_alloc(unsigned order);

// Give back what frames_alloc(order) returned. No hart may have it mapped, not even in its TLB.
// Context: as frames_alloc().
void frames_free(void *block, unsigned order);

// Take one frame filled with zeros. Returns, Context: as frames_alloc().
NODISCARD void *frame_zeroed(void);

// How many frames are free, those in the caches of all harts included. Exact only while nobody
// allocates. Context: any.
size_t frames_free_count(void);

// How many frames there are to allocate in all. Constant after boot.
size_t frames_total(void);

// Keep the last `nframes` from those of whom spares(), asked on the hart that allocates, says that
// they leave them to others: these find nothing left while there are no more, but for what their
// hart's cache holds. Context: once, while nobody allocates whom it would answer with yes.
void frames_reserve(size_t nframes, bool (*spares)(void));

// Move this hart's cached frames to the buddy lists, where they can merge.
// Context: any; takes RANK_FRAMES.
void frames_cache_drain(void);

// Forget everything. Context: boot.
void frames_init(void);

// Make known the `nframes` frames from `base` on; none is free yet. `state`, one byte a frame, is
// where the allocator keeps their states from now on; it is cleared here.
// Context: boot, after frames_init(); panics after too many.
void frames_add_zone(pa_t base, size_t nframes, uint8_t *state);

// Let frames of one zone be allocated.
// Context: boot.
void frames_add_free(pa_t base, size_t nframes);
