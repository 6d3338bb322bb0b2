// SPDX-License-Identifier: MIT
// mm/user/table.h - the page table of an address space: entries that hold pages of 4 KiB.
//
// An entry that is not 0 holds its page, and is one holder of it (mm/user/page.h). It lacks PTE_V
// where the program may do nothing with the page (PROT_NONE), and while it is being removed. A and
// D are set when an entry is made, so the hardware changes none.
// Locks:  the space's. Walks by the hardware at the same time see each entry old or new.
#pragma once

#include "mm/layout.h"
#include "mm/user/space.h"

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

// Returns: the entry for `va`, a user address; NULL if there is no table for it.
static inline pt_entry_t *table_entry(const struct aspace *as, uint64_t va)
{
    uint64_t upper = entry_load(&as->root->entry[va >> SV39_GIGA_SHIFT]);

    if (upper == 0) {
        return NULL;
    }
    const struct page_table *middle = entry_page(upper);
    uint64_t lower = entry_load(&middle->entry[(va >> SV39_MEGA_SHIFT) & (SV39_TABLE_SLOTS - 1)]);

    if (lower == 0) {
        return NULL;
    }
    struct page_table *table = entry_page(lower);

    return &table->entry[(va >> PAGE_SHIFT) & (SV39_TABLE_SLOTS - 1)];
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

// Drop the pages of [start, end): unlinked, fenced, then given back. Tables that it covers whole go
// too. No fence is needed where there was nothing.
void table_zap(struct aspace *as, uint64_t start, uint64_t end) REQUIRES(as->lock);

// Drop everything, the root too, from a space that no hart has loaded and nobody else knows.
void table_free(struct aspace *as) NO_TSA;

// Returns: a root that maps the kernel only; NULL if memory is short.
NODISCARD struct page_table *table_new_root(void);
