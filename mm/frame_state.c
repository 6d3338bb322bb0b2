// SPDX-License-Identifier: MIT
// mm/frame_state.c - zones of frames, one byte of state each, and the checks of debug builds.
#include "mm/frame_state.h"

#include "kernel/base/bits.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "mm/frame.h"

enum {
    ZONES_MAX = 16,
    // The first two words of a free frame may be links, which are checked as links.
    POISON_FIRST = 2,
    POISON_END = PAGE_SIZE / sizeof(uint64_t)
};
#define POISON 0xf7ee0000dead1ee7UL

static struct frame_zone zones[ZONES_MAX]; // constant after boot
static unsigned nr_zones;                  // constant after boot

struct frame_zone *frame_zone_of(uint64_t frame)
{
    for (unsigned i = 0; i < nr_zones; i++) {
        if (frame - zones[i].first < zones[i].nframes) {
            return &zones[i];
        }
    }
    return NULL;
}

uint8_t *frame_state_of(uint64_t frame)
{
    struct frame_zone *zone = frame_zone_of(frame);

    if (unlikely(zone == NULL)) {
        panic("frame %lx is not memory of the allocator's", (unsigned long)frame);
    }
    return &zone->state[frame - zone->first];
}

void frame_zones_forget(void)
{
    nr_zones = 0;
}

void frames_add_zone(pa_t base, size_t nframes, uint8_t *state)
{
    assert(nr_zones < ZONES_MAX && is_aligned(base.raw, PAGE_SIZE));
    memset(state, FRAME_INNER, nframes);
    zones[nr_zones++] = (struct frame_zone){base.raw >> PAGE_SHIFT, nframes, state};
}

// ---- Debug builds -------------------------------------------------------------------------------

void frame_poison(uint64_t frame, unsigned order)
{
    for (uint64_t end = frame + bit(order); frame < end; frame++) {
        uint64_t *word = frame_address(frame);

        for (unsigned i = POISON_FIRST; i < POISON_END; i++) {
            word[i] = POISON;
        }
        *frame_state_of(frame) |= FRAME_POISONED;
    }
}

static void check_one(uint64_t frame)
{
    const uint64_t *word = frame_address(frame);

    for (unsigned i = POISON_FIRST; i < POISON_END; i++) {
        if (word[i] != POISON) {
            panic("frame %lx was written after it was freed, at offset %lx", (unsigned long)frame,
                  i * sizeof(uint64_t));
        }
    }
}

void frame_poison_check(uint64_t frame, unsigned order)
{
    for (uint64_t end = frame + bit(order); frame < end; frame++) {
        uint8_t *state = frame_state_of(frame);

        if ((*state & FRAME_POISONED) != 0) {
            check_one(frame);
            *state &= (uint8_t)~FRAME_POISONED;
        }
    }
}

void frame_freeable_check(uint64_t frame, unsigned order)
{
    const uint8_t *state = frame_state_of(frame);

    if (frame_state_is(state, FRAME_CACHED) || (*state & FRAME_POISONED) != 0) {
        panic("frame %lx is freed twice", (unsigned long)frame);
    }
    if (!frame_state_is(state, FRAME_USED + order)) {
        panic("frame %lx, freed with order %u, is not such a block", (unsigned long)frame, order);
    }
}
