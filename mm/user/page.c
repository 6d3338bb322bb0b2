// SPDX-License-Identifier: MIT
// mm/user/page.c - how many hold each frame.
//
// Invariant:  the count of a frame is that of its holders less one, so it is 0 for every frame that
//             is free or has one holder: neither taking a frame nor giving it back writes it.
// Ordering:   page_put() releases, and who finds itself the last acquires: what the others did with
//             the page is over before the frame is used again.
#include "mm/user/page.h"

#include <stdatomic.h>

#include "kernel/base/bits.h"
#include "kernel/base/panic.h"
#include "kernel/base/string.h"
#include "mm/frame.h"
#include "mm/layout.h"
#include "mm/memory.h"

// The counts of 4 GiB are the largest block that there is; each such piece has a block of its own,
// as long as the RAM in it needs.
enum { PIECE_SHIFT = 20, PIECES = LINEAR_BYTES >> PAGE_SHIFT >> PIECE_SHIFT };

static struct {
    uint64_t first; // frame number of the first count
    atomic_uint *others;
} pieces[PIECES]; // constant after pages_init(), but for the counts

void *zero_page;

static uint64_t frame_of(const void *page)
{
    return ((uint64_t)page - LINEAR_BASE) >> PAGE_SHIFT;
}

static atomic_uint *others_of(const void *page)
{
    uint64_t frame = frame_of(page);
    uint64_t piece = frame >> PIECE_SHIFT;

    return &pieces[piece].others[frame - pieces[piece].first];
}

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

// Count the frames [first, end), which lie in `piece`, with those that it counts already.
static void note_frames(uint64_t piece, uint64_t first, uint64_t end, uint64_t last[PIECES])
{
    pieces[piece].first = last[piece] == 0 ? first : min_u64(pieces[piece].first, first);
    last[piece] = max_u64(last[piece], end);
}

void pages_init(void)
{
    const struct memory_map *map = memory_map();
    uint64_t last[PIECES] = {};

    for (unsigned i = 0; i < map->nr_ram; i++) {
        uint64_t at = map->ram[i].base.raw >> PAGE_SHIFT;
        uint64_t end = at + (map->ram[i].bytes >> PAGE_SHIFT);

        while (at < end) {
            uint64_t piece = at >> PIECE_SHIFT;
            uint64_t stop = min_u64(end, (piece + 1) << PIECE_SHIFT);

            note_frames(piece, at, stop, last);
            at = stop;
        }
    }
    for (unsigned piece = 0; piece < PIECES; piece++) {
        if (last[piece] != 0) {
            uint64_t frames = last[piece] - pieces[piece].first;

            pieces[piece].others = zeroed_block(frames * sizeof(atomic_uint));
        }
    }
    zero_page = zeroed_block(PAGE_SIZE);
}

// Sixteen words at a time: a loop of its own is a third shorter than memset()'s.
void page_clear(void *page)
{
    uint64_t *word = page;

    for (const uint64_t *end = word + PAGE_SIZE / sizeof(*word); word != end; word += 32) {
#pragma clang loop unroll(full)
        for (unsigned i = 0; i < 32; i++) {
            word[i] = 0;
            compiler_barrier(); // or it becomes a call of memset()
        }
    }
}

void page_copy(void *restrict to, const void *restrict from)
{
    uint64_t *out = to;
    const uint64_t *in = from;

    for (const uint64_t *end = in + PAGE_SIZE / sizeof(*in); in != end; in += 16, out += 16) {
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
}

void *page_new_unfilled(void)
{
    void *page = frames_alloc_or_reclaim(0);

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

void page_get(void *page)
{
    // relaxed: the caller holds it already, so nothing has to be seen of the others.
    (void)atomic_fetch_add_explicit(others_of(page), 1, memory_order_relaxed);
}

bool page_is_mine(const void *page)
{
    // acquire: pairs with the release in page_put().
    return atomic_load_explicit(others_of(page), memory_order_acquire) == 0;
}

void page_put(void *page)
{
    atomic_uint *others = others_of(page);

    // acquire: see page_is_mine(). Then acquire and release: see the top of the file.
    if (atomic_load_explicit(others, memory_order_acquire) != 0) {
        if (atomic_fetch_sub_explicit(others, 1, memory_order_acq_rel) != 0) {
            return;
        }
        // All the others have let go meanwhile. relaxed: nobody knows of the page any more.
        atomic_store_explicit(others, 0, memory_order_relaxed);
    }
    frames_free(page, 0);
}
