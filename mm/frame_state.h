// SPDX-License-Identifier: MIT
// mm/frame_state.h - one byte of state a frame, and the checks of debug builds. For mm/frame.c
// only.
//
// Guard:  the state of a frame in a free block, and of the head of any block while it is split or
//         merged, belongs to the allocator's lock; otherwise to whoever has the frame.
#pragma once

#include "kernel/base/types.h"
#include "mm/layout.h"

// One of these plus the order of the block that the frame heads. FRAME_POISONED is apart: a
// property of each frame, head or not, that survives splits and merges.
enum frame_state {
    FRAME_INNER = 0x00,   // not the first of its block, or not ours to allocate
    FRAME_FREE = 0x10,    // heads a block on a free list
    FRAME_USED = 0x20,    // heads an allocated block
    FRAME_CACHED = 0x30,  // debug builds: in a hart's cache
    FRAME_POISONED = 0x80 // debug builds: filled with poison since it was freed
};

// A range of RAM, some of whose frames may be allocated. Constant after boot, but for the states.
struct frame_zone {
    uint64_t first; // frame number
    uint64_t nframes;
    uint8_t *state;
};

// A frame's number is its physical address / PAGE_SIZE.
static inline uint64_t frame_number(const void *block)
{
    return va_to_pa(block).raw >> PAGE_SHIFT;
}

static inline void *frame_address(uint64_t frame)
{
    return pa_to_va(pa(frame << PAGE_SHIFT));
}

static inline bool frame_state_is(const uint8_t *state, unsigned expected)
{
    return (*state & ~(unsigned)FRAME_POISONED) == expected;
}

static inline void frame_state_set(uint8_t *state, unsigned value)
{
    *state = (uint8_t)((*state & FRAME_POISONED) | value);
}

// The zone of `frame`, NULL if it has none. Context: any.
struct frame_zone *frame_zone_of(uint64_t frame);

// Where the state of `frame` is. Context: any; panics if it is in no zone.
uint8_t *frame_state_of(uint64_t frame);

// Forget all zones; frames_add_zone() is its opposite. Context: boot.
void frame_zones_forget(void);

// Debug builds, on the 2^order frames from `frame` on, which the caller has.
void frame_poison(uint64_t frame, unsigned order);         // fill them
void frame_poison_check(uint64_t frame, unsigned order);   // panic if one was written since
void frame_freeable_check(uint64_t frame, unsigned order); // panic unless they are such a block
