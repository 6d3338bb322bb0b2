// SPDX-License-Identifier: MIT
// mm/user/page.h - frames that several mappings may share: how many hold each.
//
// A frame from page_new() has one holder. Whoever stores its address, in a page-table entry or in a
// memory object, holds it; the last page_put() gives the frame back.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

// Make room for the counts, one word a frame. Context: boot; panics if memory is short.
void pages_init(void);

// Take a frame, filled with zeros, with one holder; reclaims if memory is short.
// Returns: its address in the linear map; NULL. Context: thread, no spinlock held.
NODISCARD void *page_new(void);

// The same, its contents undefined: for a caller that fills it whole.
NODISCARD void *page_new_unfilled(void);

// One holder more, one less. Context: any, locks up to RANK_FRAMES held; no hart may have a
// translation to a frame that its last holder gives up.
void page_get(void *page);
void page_put(void *page);

// Is the caller, who holds it, the only one? Then nobody else can become one meanwhile.
bool page_is_mine(const void *page);

// A page of zeros that is never written and has a holder for good: mapped wherever a page is read
// that cannot be written. Constant after pages_init().
extern void *zero_page;

// Fill a page with zeros; fill one with the contents of another. Whole pages, faster than memset()
// and memcpy(): about 540 and 1100 instructions.
void page_clear(void *page);
void page_copy(void *restrict to, const void *restrict from);
