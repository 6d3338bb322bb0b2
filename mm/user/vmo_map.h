// SPDX-License-Identifier: MIT
// mm/user/vmo_map.h - what address spaces ask of memory objects. For mm/user/ only.
#pragma once

#include "mm/user/area.h"
#include "mm/user/vmo.h"

// `area` maps area->vmo from now on; no longer. Context: thread; the space's lock is held.
void vmo_add_mapping(struct area *area);
void vmo_remove_mapping(struct area *area);

// vmo_page() for an entry in a page table: a hole becomes a page. A fixed page is given for reading
// only, and is not held; then *own is false: whoever maps it for writing copies it, or has
// vmo_page() do so without any space's lock held. Returns: as that; -EAGAIN if the page has just
// taken the place of a fixed one, which is still mapped: vmo_page(write) waits for the end of that.
// Context: thread; the space's lock is held, so that what is mapped can be found, and unmapped, by
// whoever changes the object next.
NODISCARD int vmo_page_to_map(struct vmo *vmo, uint64_t number, void **page, bool *own);

// Which of the pages from `first` on, up to *end, are fixed? *end becomes the end of these.
// Returns: where `first` is; NULL: it is none, or a page up to it has been replaced.
// Context: as above.
NODISCARD const void *vmo_fixed_pages(const struct vmo *vmo, uint64_t first, uint64_t *end);

// Is page `number` there, without being made? For mincore().
bool vmo_has_page(struct vmo *vmo, uint64_t number);
