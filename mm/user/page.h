// SPDX-License-Identifier: MIT
// mm/user/page.h - frames that several mappings may share: how many hold each.
//
// A frame from page_new() has one holder. Whoever stores its address, in a page-table entry or in a
// memory object, holds it; the last page_put() gives the frame back.
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "mm/frame.h"
#include "mm/regions.h"

// Make room for the counts, one word a frame. Context: boot; panics if memory is short.
void pages_init(void);

// Take a frame, filled with zeros, with one holder; reclaims if memory is short.
// Returns: its address in the linear map; NULL. Context: thread, no spinlock held.
NODISCARD void *page_new(void);

// The same, its contents undefined: for a caller that fills it whole.
NODISCARD void *page_new_unfilled(void);

// The counts, one word for each frame of 4 GiB, at the frame's number: of its holders less one.
// Constant after pages_init(), but for the counts.
enum { PAGE_PIECE_SHIFT = 20 };
extern atomic_uint *page_others[LINEAR_BYTES >> PAGE_SHIFT >> PAGE_PIECE_SHIFT];

static inline atomic_uint *page_others_of(const void *page)
{
    uint64_t frame = ((uint64_t)page - LINEAR_BASE) >> PAGE_SHIFT;

    return page_others[frame >> PAGE_PIECE_SHIFT] + frame;
}

// One holder more, one less. Context: any, locks up to RANK_FRAMES held; no hart may have a
// translation to a frame that its last holder gives up.
static inline void page_get(void *page)
{
    // relaxed: the caller holds it already, so nothing has to be seen of the others.
    (void)atomic_fetch_add_explicit(page_others_of(page), 1, memory_order_relaxed);
}

// Is the caller, who holds it, the only one? Then nobody else can become one meanwhile.
static inline bool page_is_mine(const void *page)
{
    // acquire: pairs with the release in page_put().
    return atomic_load_explicit(page_others_of(page), memory_order_acquire) == 0;
}

static inline void page_put(void *page)
{
    atomic_uint *others = page_others_of(page);

    // acquire: see page_is_mine(). Then release, and acquire: what the others did with the page is
    // over before the frame is used again.
    if (atomic_load_explicit(others, memory_order_acquire) != 0) {
        if (atomic_fetch_sub_explicit(others, 1, memory_order_acq_rel) != 0) {
            return;
        }
        // All the others have let go meanwhile. relaxed: nobody knows of the page any more.
        atomic_store_explicit(others, 0, memory_order_relaxed);
    }
    frames_free(page, 0);
}

// A page of zeros that is never written and has a holder for good: mapped wherever a page is read
// that cannot be written. Constant after pages_init().
extern void *zero_page;

// Fill a page with zeros; fill one with the contents of another. Whole pages, faster than memset()
// and memcpy(): about 520 and 1060 instructions.
void page_clear(void *page);
void page_copy(void *restrict to, const void *restrict from);
