// SPDX-License-Identifier: MIT
// mm/user/table.h - the page table of an address space: entries that hold pages of 4 KiB.
//
// An entry that is not 0 holds its page, and is one holder of it (mm/user/page.h), unless the page
// has a holder for good: then PTE_KEPT says so, and nobody counts. It lacks PTE_V where the program
// may do nothing with the page (PROT_NONE), and while it is being removed. A and D are set when an
// entry is made, so the hardware changes none.
// Locks:  the space's. Walks by the hardware at the same time see each entry old or new.
#pragma once

#include "mm/layout.h"
#include "mm/user/page.h"
#include "mm/user/space.h"

#define PTE_KEPT 0x100 // a bit that is software's: of a fixed object, or the page of zeros

static inline uint64_t entry_load(const pt_entry_t *entry)
{
    // relaxed: changed under the space's lock only.
    return atomic_load_explicit(entry, memory_order_relaxed);
}

static inline void entry_store(pt_entry_t *entry, uint64_t value)
{
    // release: a page is filled, and a table is cleared, before the hardware can get there.
    atomic_store_explicit(entry, value, memory_order_release);
}

static inline uint64_t entry_make(const void *page, uint64_t bits)
{
    return ((uint64_t)page - LINEAR_BASE) >> PAGE_SHIFT << PTE_PPN_SHIFT | bits;
}

static inline void *entry_page(uint64_t value)
{
    return (void *)(LINEAR_BASE + (value >> PTE_PPN_SHIFT << PAGE_SHIFT));
}

// entry_store() into a table that no hart can have loaded before whoever stores has released it.
static inline void entry_store_early(pt_entry_t *entry, uint64_t value)
{
    // relaxed: see above.
    atomic_store_explicit(entry, value, memory_order_relaxed);
}

// An entry with this value is copied, or goes: its page has one holder more, or one less.
static inline void entry_get(uint64_t value)
{
    if ((value & PTE_KEPT) == 0) {
        page_get(entry_page(value));
    }
}

static inline void entry_put(uint64_t value)
{
    if ((value & PTE_KEPT) == 0) {
        page_put(entry_page(value));
    }
}

// Is an entry with this value the only holder of its page?
static inline bool entry_is_mine(uint64_t value)
{
    return (value & PTE_KEPT) == 0 && page_is_mine(entry_page(value));
}

// Returns: where the table that `va` needs is kept in as->leaves, if it is kept at all.
static inline struct leaf *table_leaf(struct aspace *as, uint64_t va)
{
    return &as->leaves[va >> SV39_MEGA_SHIFT & (LEAVES - 1)];
}

// Forget the tables that have been found. Whoever frees one that is not the root has to.
void table_forget_leaves(struct aspace *as);

// Is `va` in the page that was noted last? Then its entry is in *entry. Noted is the page of an
// entry that table_entry_at_once() finds.
static ALWAYS_INLINE bool table_entry_again(struct aspace *as, uint64_t va, pt_entry_t **entry)
    REQUIRES(as->lock)
{
    *entry = as->again.entry;
    return likely(as->again.number == va >> PAGE_SHIFT);
}
void table_note_again(struct aspace *as, uint64_t va) REQUIRES(as->lock);

// Was the table for `va`, any address, found lately? Then its entry is in *entry.
static ALWAYS_INLINE bool table_entry_at_once(struct aspace *as, uint64_t va, pt_entry_t **entry)
    REQUIRES(as->lock)
{
    const struct leaf *leaf = table_leaf(as, va);

    if (unlikely(leaf->number != va >> SV39_MEGA_SHIFT)) {
        return false;
    }
    *entry = &leaf->table->entry[(va >> PAGE_SHIFT) & (SV39_TABLE_SLOTS - 1)];
    return true;
}

// Returns: the entry for `va`, any address; NULL if there is no table for it.
pt_entry_t *table_entry_found(struct aspace *as, uint64_t va) REQUIRES(as->lock);
static inline pt_entry_t *table_entry(struct aspace *as, uint64_t va) REQUIRES(as->lock)
{
    pt_entry_t *entry;

    return table_entry_at_once(as, va, &entry) ? entry : table_entry_found(as, va);
}

// The same, but tables are made. Returns: NULL if memory is short.
pt_entry_t *table_entry_make(struct aspace *as, uint64_t va) REQUIRES(as->lock);

// The part of a range that one table holds: `n` entries from `entry` on, for `va` on.
struct table_span {
    uint64_t va;
    uint64_t end;
    pt_entry_t *link; // the entry of the table itself
    pt_entry_t *entry;
    unsigned n;
};

// Find the first span of [span->end, end) that has a table. Returns: whether there is one.
//     for (struct table_span span = {.end = start}; table_next_span(as, &span, end);)
bool table_next_span(const struct aspace *as, struct table_span *span, uint64_t end)
    REQUIRES(as->lock);

// Returns: the number of the first entry of `span` from `i` on that holds a page; span->n: none.
unsigned table_search(const struct table_span *span, unsigned i);
static inline unsigned table_next_used(const struct table_span *span, unsigned i)
{
    return i < span->n && entry_load(&span->entry[i]) != 0 ? i : table_search(span, i);
}

// Returns: one more than the number of the last entry of `span` before `end` that holds a page; 0:
// none.
unsigned table_search_back(const struct table_span *span, unsigned end);
static inline unsigned table_last_used(const struct table_span *span, unsigned end)
{
    return end > 0 && entry_load(&span->entry[end - 1]) != 0 ? end : table_search_back(span, end);
}

// Drop the pages of [start, end): unlinked, fenced, then given back. Tables that it covers whole go
// too. No fence is needed where there was nothing.
void table_zap(struct aspace *as, uint64_t start, uint64_t end) REQUIRES(as->lock);

// Drop everything, the root too, from a space that no hart has loaded and nobody else knows. All
// its pages are inside its areas.
void table_free(struct aspace *as) NO_TSA;
