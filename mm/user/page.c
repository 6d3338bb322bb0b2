// SPDX-License-Identifier: MIT
// mm/user/page.c - how many hold each frame.
//
// Invariant:  the count of a frame is that of its holders less one, so it is 0 for every frame that
//             is free or has one holder: neither taking a frame nor giving it back writes it.
#include "mm/user/page.h"

#include "kernel/base/bits.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "mm/failpoint.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/memory.h"

enum { PIECES = LINEAR_BYTES >> PAGE_SHIFT >> PAGE_PIECE_SHIFT };

// Each has a block of its own, as long as the RAM in these 4 GiB needs, whose counts are the
// largest block that there is.
atomic_uint *page_others[PIECES];

void *zero_page;

static void *zeroed_block(uint64_t bytes)
{
    unsigned order = 0;

    while ((PAGE_SIZE << order) < bytes) {
        order++;
    }
    void *block = frames_alloc(order);

    if (block == NULL) {
        panic("no memory to count who holds which page");
    }
    memset(block, 0, PAGE_SIZE << order);
    return block;
}

// The frames of RAM in one piece.
struct piece {
    uint64_t first;
    uint64_t end; // 0: none
};

// Let the pieces that [at, end) touches reach that far.
static void note_frames(struct piece piece[PIECES], uint64_t at, uint64_t end)
{
    while (at < end) {
        struct piece *p = &piece[at >> PAGE_PIECE_SHIFT];
        uint64_t stop = min_u64(end, ((at >> PAGE_PIECE_SHIFT) + 1) << PAGE_PIECE_SHIFT);

        p->first = p->end == 0 ? at : min_u64(p->first, at);
        p->end = max_u64(p->end, stop);
        at = stop;
    }
}

void pages_init(void)
{
    const struct memory_map *map = memory_map();
    struct piece piece[PIECES] = {};

    for (unsigned i = 0; i < map->nr_ram; i++) {
        uint64_t first = map->ram[i].base.raw >> PAGE_SHIFT;

        note_frames(piece, first, first + (map->ram[i].bytes >> PAGE_SHIFT));
    }
    for (unsigned i = 0; i < PIECES; i++) {
        if (piece[i].end != 0) {
            uint64_t frames = piece[i].end - piece[i].first;
            atomic_uint *counts = zeroed_block(frames * sizeof(atomic_uint));

            page_others[i] = counts - piece[i].first; // so that it is indexed by frame number
        }
    }
    zero_page = zeroed_block(PAGE_SIZE);
}

// Both loops are as long as the offsets of loads and stores allow without more registers.
void page_clear(void *page)
{
    uint64_t *word = page;

    for (const uint64_t *end = word + PAGE_SIZE / sizeof(*word); word != end; word += 128) {
#pragma clang loop unroll(full)
        for (unsigned i = 0; i < 128; i++) {
            word[i] = 0;
            compiler_barrier(); // or it becomes a call of memset()
        }
    }
}

// All loads first, so that no store waits for its load.
static ALWAYS_INLINE void copy_16_words(uint64_t *restrict out, const uint64_t *restrict in)
{
    uint64_t word[16];

#pragma clang loop unroll(full)
    for (unsigned i = 0; i < 16; i++) {
        word[i] = in[i];
    }
#pragma clang loop unroll(full)
    for (unsigned i = 0; i < 16; i++) {
        out[i] = word[i];
    }
}

void page_copy(void *restrict to, const void *restrict from)
{
    uint64_t *out = to;
    const uint64_t *in = from;

    for (const uint64_t *end = in + PAGE_SIZE / sizeof(*in); in != end; in += 64, out += 64) {
#pragma clang loop unroll(full)
        for (unsigned group = 0; group < 64; group += 16) {
            copy_16_words(out + group, in + group);
        }
    }
}

// frames_alloc_or_reclaim(), but the usual case is one call less.
void *page_new_unfilled(void)
{
    if (failpoint(FAILPOINT_RECLAIM)) {
        return NULL;
    }
    void *page = frames_alloc(0);

    if (unlikely(page == NULL)) {
        page = frames_alloc_or_reclaim(0);
    }
    debug_assert(page == NULL || page_is_mine(page));
    return page;
}

void *page_new(void)
{
    void *page = page_new_unfilled();

    if (likely(page != NULL)) {
        page_clear(page);
    }
    return page;
}
