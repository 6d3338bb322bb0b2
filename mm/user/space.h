// SPDX-License-Identifier: MIT
// mm/user/space.h - what the files of mm/user/ share of an address space. For them only.
#pragma once

#include "kernel/base/bits.h"
#include "mm/pagetable.h"
#include "mm/user/area.h"
#include "mm/user/aspace.h"
#include "sync/block/mutex.h"

#define USER_LOWEST 0x10000UL             // below it nothing is mapped: a NULL pointer faults
#define MMAP_TOP    (USER_END - MIB(128)) // what has no place is put below this, as high as it goes

enum { AREAS_MAX = 65530 }; // of a space, as Linux has it

enum { LEAVES = 4 }; // a power of two

// A table that maps 2 MiB, found before.
struct leaf {
    uint64_t number; // of these 2 MiB; LEAF_NONE: none
    struct page_table *table;
};
#define LEAF_NONE UINT64_MAX

// The entry of a page that a program has the kernel look at again and again.
struct again {
    uint64_t number; // of the page; LEAF_NONE: none
    pt_entry_t *entry;
};

struct aspace {
    struct mutex lock;
    atomic_uint refs; // relaxed up, acq_rel down
    bool has_code;    // guarded by: lock; harts were fenced for what was stored in its pages:
                      // tlb_flush_code()
    struct page_table *root; // constant
    uint64_t satp;           // constant: of the root, ASID 0

    // Translations; see mm/user/tlb.h.
    _Atomic(uint64_t) context;
    _Atomic(uint64_t) seen;
    _Atomic(uint64_t) stale;

    // guarded by: lock, as is the lower half of the page table.
    struct area_tree areas;
    struct area *spare;         // the last that went, for the next that comes; NULL: none
    struct area *recent;        // of the last fault; NULL: unknown
    struct leaf leaves[LEAVES]; // what table_entry() has found, by the number's low bits
    struct again again;         // what table_note_again() has found
    uint64_t mapped_pages;      // that areas cover
    uint64_t data_pages;        // the private and writable ones of these
    uint32_t present_pages;     // entries that hold a page
    uint32_t tables;            // frames of the page table, its root included
    uint64_t heap_start;        // page-aligned
    uint64_t heap_end;          // as brk() was told it
    uint64_t limit_bytes;       // RLIMIT_AS
    uint64_t limit_data;        // RLIMIT_DATA
};

// aspace_fault() for who has the lock, which it releases and takes again where it has to.
NODISCARD int space_fault_locked(struct aspace *as, uint64_t va, enum fault_access access)
    REQUIRES(as->lock);

// Returns: the area that `va` is in; NULL if it is in none.
struct area *space_area_at(struct aspace *as, uint64_t va) REQUIRES(as->lock);

// Unmap [start, end), page-aligned: areas and pages. Returns: 0; -ENOMEM if an area would have to
// be split, and nothing has changed.
NODISCARD int space_unmap_locked(struct aspace *as, uint64_t start, uint64_t end)
    REQUIRES(as->lock);

// Find room for `bytes` bytes, at `hint` if it is free and not 0. Returns: where; 0: there is none.
uint64_t space_find_room(const struct aspace *as, uint64_t hint, uint64_t bytes) REQUIRES(as->lock);

// May `pages` more be mapped, of which all count as data if `data`? Returns: 0 or -ENOMEM.
NODISCARD int space_check_limits(const struct aspace *as, uint64_t pages, bool data)
    REQUIRES(as->lock);

// Drop what is mapped of pages [first, end) of `vmo`, or only where it is the page `only`, if that
// is not NULL. Context: thread; takes as->lock.
void space_zap_object(struct aspace *as, const struct vmo *vmo, uint64_t first, uint64_t end,
                      const void *only);

// A reference, unless the last one has gone. Returns: whether there is one.
bool space_try_get(struct aspace *as);

// ---- Areas as parts of a space: mm/user/space_area.c --------------------------------------------

// Returns: an area with the contents of `like`, its own reference to the object included, that is
// in no tree; NULL if memory is short.
NODISCARD struct area *space_area_new(struct aspace *as, const struct area *like);
void space_area_free(struct area *area);
void space_area_free_spare(struct aspace *as); // the space goes

// Make sure that the next new area can be had and put in. Returns: whether it can.
NODISCARD bool space_area_reserve(struct aspace *as) REQUIRES(as->lock);

// What follows from prot: entry_bits and access.
void space_area_set_prot(struct area *area, unsigned prot);

// Put a new area in, or take one out, with what is counted of it; the latter frees it.
void space_area_add(struct aspace *as, struct area *area) REQUIRES(as->lock);
void space_area_drop(struct aspace *as, struct area *area) REQUIRES(as->lock);
// The first of these as area_append() does.
void space_area_append(struct aspace *as, struct area *area) REQUIRES(as->lock);
void space_area_resize(struct aspace *as, struct area *area, uint64_t start, uint64_t end)
    REQUIRES(as->lock);

// Let `area` end at `at`, inside it, and another begin there. Returns: 0 or -ENOMEM.
NODISCARD int space_area_split(struct aspace *as, struct area *area, uint64_t at)
    REQUIRES(as->lock);

// Make one of `area` and its neighbours where they continue each other. Returns: the one that
// covers it now.
struct area *space_area_merge(struct aspace *as, struct area *area) REQUIRES(as->lock);

// Put in what `fresh` describes, where nothing is: as a part of its neighbours if it continues
// them. Returns: 0 or -ENOMEM.
NODISCARD int space_area_place(struct aspace *as, const struct area *fresh) REQUIRES(as->lock);
// The same of the spare one, which has been filled in as far as others would be, behind all, as
// area_append() does. It takes a reference to its object.
void space_area_place_spare(struct aspace *as) REQUIRES(as->lock);

static inline bool area_is_data(const struct area *area)
{
    return !area->shared && (area->entry_bits & PTE_W) != 0;
}

// An entry for `va` is about to hold a page.
static inline void area_touch(struct area *area, uint64_t va)
{
    if (va < area->touched) {
        area->touched = round_down(va, PAGE_SIZE);
    }
}

// Where to begin to look for pages from `start` on.
static inline uint64_t area_touched_from(const struct area *area, uint64_t start)
{
    return max_u64(start, area->touched);
}

static inline uint64_t area_pages(const struct area *area)
{
    return (area->end - area->start) >> PAGE_SHIFT;
}

// Which page of its object is at `va`.
static inline uint64_t area_page_number(const struct area *area, uint64_t va)
{
    return (va - area->start + area->offset) >> PAGE_SHIFT;
}
