// SPDX-License-Identifier: MIT
// mm/user/table.c - the page table of an address space.
#include "mm/user/table.h"

#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "kernel/omit.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/memory.h"
#include "mm/user/page.h"
#include "mm/user/tlb.h"

enum { USER_SLOTS = SV39_TABLE_SLOTS / 2 }; // of the root; the others are the kernel's

#define MEGA_BYTES ((uint64_t)1 << SV39_MEGA_SHIFT)
#define GIGA_BYTES ((uint64_t)1 << SV39_GIGA_SHIFT)

struct page_table *table_new_root(void)
{
    struct page_table *root = page_new_unfilled();

    if (root != NULL) {
        memset(root, 0, sizeof(pt_entry_t) * USER_SLOTS);
        memcpy(&root->entry[USER_SLOTS], &kernel_root->entry[USER_SLOTS],
               sizeof(pt_entry_t) * USER_SLOTS);
    }
    return root;
}

void table_forget_leaves(struct aspace *as)
{
    for (unsigned i = 0; i < LEAVES; i++) {
        as->leaves[i].number = LEAF_NONE;
    }
}

pt_entry_t *table_entry_found(struct aspace *as, uint64_t va)
{
    uint64_t upper = va < USER_END ? entry_load(&as->root->entry[va >> SV39_GIGA_SHIFT]) : 0;

    if (upper == 0) {
        return NULL;
    }
    const struct page_table *middle = entry_page(upper);
    uint64_t lower = entry_load(&middle->entry[(va >> SV39_MEGA_SHIFT) & (SV39_TABLE_SLOTS - 1)]);

    if (lower == 0) {
        return NULL;
    }
    struct page_table *table = entry_page(lower);

    *table_leaf(as, va) = (struct leaf){va >> SV39_MEGA_SHIFT, table};
    return &table->entry[(va >> PAGE_SHIFT) & (SV39_TABLE_SLOTS - 1)];
}

// The table that `link` leads to, made if there is none. Returns: NULL if memory is short.
static struct page_table *table_under(struct aspace *as, pt_entry_t *link)
{
    uint64_t value = entry_load(link);

    if (likely(value != 0)) {
        return entry_page(value);
    }
    struct page_table *table = page_new();

    if (table != NULL) {
        entry_store(link, entry_make(table, PTE_V));
        as->tables++;
    }
    return table;
}

pt_entry_t *table_entry_make(struct aspace *as, uint64_t va)
{
    struct page_table *middle = table_under(as, &as->root->entry[va >> SV39_GIGA_SHIFT]);

    if (unlikely(middle == NULL)) {
        return NULL;
    }
    struct page_table *table =
        table_under(as, &middle->entry[(va >> SV39_MEGA_SHIFT) & (SV39_TABLE_SLOTS - 1)]);

    if (unlikely(table == NULL)) {
        return NULL;
    }
    return &table->entry[(va >> PAGE_SHIFT) & (SV39_TABLE_SLOTS - 1)];
}

bool table_next_span(const struct aspace *as, struct table_span *span, uint64_t end)
{
    uint64_t va = span->end;

    while (va < end) {
        uint64_t upper = entry_load(&as->root->entry[va >> SV39_GIGA_SHIFT]);

        if (upper == 0) {
            va = round_down(va, GIGA_BYTES) + GIGA_BYTES;
            continue;
        }
        struct page_table *middle = entry_page(upper);
        pt_entry_t *link = &middle->entry[(va >> SV39_MEGA_SHIFT) & (SV39_TABLE_SLOTS - 1)];
        uint64_t next = round_down(va, MEGA_BYTES) + MEGA_BYTES;
        uint64_t lower = entry_load(link);

        if (lower != 0) {
            struct page_table *table = entry_page(lower);

            span->va = va;
            span->end = min_u64(next, end);
            span->link = link;
            span->entry = &table->entry[(va >> PAGE_SHIFT) & (SV39_TABLE_SLOTS - 1)];
            span->n = (unsigned)((span->end - va) >> PAGE_SHIFT);
            return true;
        }
        va = next;
    }
    return false;
}

unsigned table_search(const struct table_span *span, unsigned i)
{
    const pt_entry_t *entry = span->entry + i;
    const pt_entry_t *end = span->entry + span->n;

    for (; end - entry >= 4; entry += 4) { // most are empty
        uint64_t any = entry_load(entry) | entry_load(entry + 1) | entry_load(entry + 2) |
                       entry_load(entry + 3);
        if (any != 0) {
            break;
        }
    }
    while (entry != end && entry_load(entry) == 0) {
        entry++;
    }
    return (unsigned)(entry - span->entry);
}

// ---- Removing -----------------------------------------------------------------------------------

static bool covers_table(const struct table_span *span)
{
    return span->n == SV39_TABLE_SLOTS;
}

// Take [start, end) from the hardware; what held pages or tables still does. Returns: whether there
// is anything at all; in *seen whether there was something that a hart may remember.
static bool hide(struct aspace *as, uint64_t start, uint64_t end, bool *seen) REQUIRES(as->lock)
{
    bool any = false;

    for (struct table_span span = {.end = start}; table_next_span(as, &span, end);) {
        if (covers_table(&span)) {
            entry_store(span.link, entry_load(span.link) & ~(uint64_t)PTE_V);
            any = *seen = true;
            continue;
        }
        for (unsigned i = 0; (i = table_next_used(&span, i)) < span.n; i++) {
            uint64_t value = entry_load(&span.entry[i]);

            any = true;
            *seen = *seen || (value & PTE_V) != 0;
            entry_store(&span.entry[i], value & ~(uint64_t)PTE_V);
        }
    }
    return any;
}

static void put_pages(struct aspace *as, struct table_span *span)
{
    for (unsigned i = 0; (i = table_next_used(span, i)) < span->n; i++) {
        page_put(entry_page(entry_load(&span->entry[i])));
        entry_store(&span->entry[i], 0);
        as->present_pages--;
    }
}

static void free_table(struct aspace *as, pt_entry_t *link)
{
    void *table = entry_page(entry_load(link));

    entry_store(link, 0);
    table_forget_leaves(as);
    frames_free(table, 0);
    as->tables--;
}

// Give back what [start, end) holds; no hart remembers it.
static void let_go(struct aspace *as, uint64_t start, uint64_t end) REQUIRES(as->lock)
{
    for (struct table_span span = {.end = start}; table_next_span(as, &span, end);) {
        put_pages(as, &span);
        if (covers_table(&span)) {
            free_table(as, span.link);
        }
    }
}

void table_zap(struct aspace *as, uint64_t start, uint64_t end)
{
    bool seen = false;

    if (!hide(as, start, end, &seen)) {
        return;
    }
    if (seen && !is_omitted(OMIT_UNMAP_FENCE)) {
        tlb_flush(as, start, end - start);
    }
    let_go(as, start, end);
}

// The tables that are left, of a root that holds no pages.
static void free_tables(struct aspace *as)
{
    struct table_span roots = {.entry = as->root->entry, .n = USER_SLOTS};

    for (unsigned i = 0; (i = table_next_used(&roots, i)) < roots.n; i++) {
        struct page_table *middle = entry_page(entry_load(&roots.entry[i]));
        struct table_span links = {.entry = middle->entry, .n = SV39_TABLE_SLOTS};

        for (unsigned j = 0; (j = table_next_used(&links, j)) < links.n; j++) {
            struct page_table *table = entry_page(entry_load(&links.entry[j]));
            struct table_span pages = {.entry = table->entry, .n = SV39_TABLE_SLOTS};

            put_pages(as, &pages);
            free_table(as, &links.entry[j]);
        }
        free_table(as, &roots.entry[i]);
    }
}

void table_free(struct aspace *as)
{
    free_tables(as);
    frames_free(as->root, 0);
    as->tables--;
}
