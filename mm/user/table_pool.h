// SPDX-License-Identifier: MIT
// mm/user/table_pool.h - frames of page tables: a few that are empty are kept for the next space.
//
// A table that is given back has had each of its entries taken out, so it need not be cleared when
// it is used again: that would take longer than all else that is done with it. Of a root, half is
// the kernel's, and stays as it is.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "mm/pagetable.h"

enum { ROOT_USER_SLOTS = SV39_TABLE_SLOTS / 2 }; // of a root; the others are the kernel's

// Returns: a table without entries; NULL if memory is short. Context: thread, no spinlock held.
NODISCARD struct page_table *table_frame_new(void);

// The same, but with the kernel's half.
NODISCARD struct page_table *table_root_new(void);

// Give back a table all of whose entries are 0; a root whose lower half's are. Context: any; no
// hart may have a translation through it.
void table_frame_free(struct page_table *table);
void table_root_free(struct page_table *root);

// Give the frames that are kept to whoever needs memory more. Context: as mm_reclaim().
void table_pool_drain(void);
