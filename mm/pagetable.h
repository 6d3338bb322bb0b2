// SPDX-License-Identifier: MIT
// mm/pagetable.h - Sv39 page tables: map, unmap, look up, walk. Knows nothing of TLBs and owners.
//
// Permissions are PTE_R, PTE_W, PTE_X, PTE_U and PTE_G; A, and D if writable, are added, because no
// fault handler sets them. A mapping both writable and executable is refused.
// Locks:    none taken but the frame allocator's (RANK_FRAMES); the owner of a root serialises its
//           changes. Walks by the hardware at the same time see each entry old or new, never half.
// Fencing:  the caller's: after pt_map() before the first use, after pt_unmap() and
//           pt_detach_table() before the frames or addresses get a new use.
// Source:   Privileged ISA 1.12, "Sv39: Page-Based 39-bit Virtual-Memory System".
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/riscv/sv39.h"

typedef _Atomic(uint64_t) pt_entry_t; // relaxed unless it says why not

struct page_table {
    pt_entry_t entry[SV39_TABLE_SLOTS];
};
_Static_assert(sizeof(struct page_table) == PAGE_SIZE, "a table is one frame");

// What one entry maps.
struct pt_leaf {
    uint64_t va; // of its first byte
    pa_t pa;
    uint64_t bytes; // 4 KiB, 2 MiB or 1 GiB
    unsigned prot;
};

// Returns: an empty table, from one frame; NULL if there is none. Context: any.
NODISCARD struct page_table *pt_create(void);

// Map `npages` 4 KiB pages starting at `va` to `frame`, in the largest pages that fit.
// Returns: 0; -EINVAL if misaligned, not canonical, not readable or both W and X; -EEXIST if a page
//          is mapped; -ENOMEM. On an error nothing is mapped, though tables may stay, empty.
// Context: any; the caller serialises changes of `root`. May take RANK_FRAMES.
NODISCARD int pt_map(struct page_table *root, uint64_t va, pa_t frame, size_t npages,
                     unsigned prot);

// Unmap `npages` 4 KiB pages starting at `va`. All are mapped, and no larger page is cut.
// Context: as pt_map(), but takes no lock.
void pt_unmap(struct page_table *root, uint64_t va, size_t npages);

// Find what maps `va`. Returns: 0, or -ENOENT if nothing does. Context: any.
NODISCARD int pt_lookup(const struct page_table *root, uint64_t va, struct pt_leaf *leaf);

// Find the first mapping at or after `*position`, in the order of root entries (lower half first;
// start with 0), and move `*position` past it. Returns: whether there is one. Context: any.
bool pt_next(const struct page_table *root, uint64_t *position, struct pt_leaf *leaf);

// Make the second-level tables of every root entry that [va, va + bytes) touches.
// Returns: 0, or -ENOMEM with some of them made. Context: as pt_map().
NODISCARD int pt_reserve(struct page_table *root, uint64_t va, uint64_t bytes);

// Unlink the third-level table of the 2 MiB around `va`; nothing is mapped there.
// Returns: the table, whose frame the caller frees once every hart has fenced (all addresses: a
//          fence for one address leaves upper levels cached); NULL if there is none.
// Context: as pt_map().
NODISCARD struct page_table *pt_detach_table(struct page_table *root, uint64_t va);
