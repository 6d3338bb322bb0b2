// SPDX-License-Identifier: MIT
// mm/user/table.c - the page table of an address space.
#include "mm/user/table.h"

#include "kernel/base/bits.h"
#include "kernel/base/panic.h"
#include "kernel/omit.h"
#include "mm/user/page.h"
#include "mm/user/table_pool.h"
#include "mm/user/tlb.h"

#define MEGA_BYTES ((uint64_t)1 << SV39_MEGA_SHIFT)
#define GIGA_BYTES ((uint64_t)1 << SV39_GIGA_SHIFT)

// How many entries of the table that has `link` lead to tables: it is in the word that counts who
// holds a page, of which a table has no use.
static unsigned links_beside(const pt_entry_t *link)
{
    // relaxed, as below: changed under the space's lock only.
    return atomic_load_explicit(page_others_of(link), memory_order_relaxed);
}

static void add_links_beside(const pt_entry_t *link, unsigned more)
{
    atomic_store_explicit(page_others_of(link), links_beside(link) + more, memory_order_relaxed);
}

void table_forget_leaves(struct aspace *as)
{
    for (unsigned i = 0; i < LEAVES; i++) {
        as->leaves[i].number = LEAF_NONE;
    }
    as->again.number = LEAF_NONE;
}

void table_note_again(struct aspace *as, uint64_t va)
{
    pt_entry_t *entry;

    if (table_entry_at_once(as, va, &entry)) {
        as->again = (struct again){va >> PAGE_SHIFT, entry};
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
    struct page_table *table = table_frame_new();

    if (table != NULL) {
        entry_store(link, entry_make(table, PTE_V));
        add_links_beside(link, 1);
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
    *table_leaf(as, va) = (struct leaf){va >> SV39_MEGA_SHIFT, table};
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

unsigned table_search_back(const struct table_span *span, unsigned end)
{
    const pt_entry_t *entry = span->entry + end;

    for (; entry - span->entry >= 4; entry -= 4) {
        uint64_t any = entry_load(entry - 1) | entry_load(entry - 2) | entry_load(entry - 3) |
                       entry_load(entry - 4);
        if (any != 0) {
            break;
        }
    }
    while (entry != span->entry && entry_load(entry - 1) == 0) {
        entry--;
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

// From the end, as long as the space has any pages.
static void put_pages(struct aspace *as, const struct table_span *span)
{
    for (unsigned i = span->n; as->present_pages != 0 && (i = table_last_used(span, i)) > 0;) {
        uint64_t value = entry_load(&span->entry[--i]);

        entry_store(&span->entry[i], 0);
        as->present_pages--;
        entry_put(value);
    }
}

static void free_table(struct aspace *as, pt_entry_t *link)
{
    struct page_table *table = entry_page(entry_load(link));

    entry_store(link, 0);
    table_forget_leaves(as);
    add_links_beside(link, -1U);
    table_frame_free(table);
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

    if (start >= end || !hide(as, start, end, &seen)) {
        return;
    }
    if (seen && !is_omitted(OMIT_UNMAP_FENCE)) {
        tlb_flush(as, start, end - start);
    }
    let_go(as, start, end);
}

// ---- The end ------------------------------------------------------------------------------------

// The tables on the way to an address of a space that goes. They are freed when no area that comes
// needs them.
struct table_path {
    uint64_t va;
    pt_entry_t *link; // of the lowest table; NULL: there is none
};

// Free the tables on `path` that are not on the way to `va`; it comes after all that they map. The
// upper one may have others, which no area needs any more; then it stays, for free_tables().
static void leave_tables(struct aspace *as, struct table_path *path, uint64_t va)
{
    if (path->link == NULL || path->va >> SV39_MEGA_SHIFT == va >> SV39_MEGA_SHIFT) {
        return;
    }
    bool last = links_beside(path->link) == 1;

    free_table(as, path->link);
    path->link = NULL;
    if (last) {
        free_table(as, &as->root->entry[path->va >> SV39_GIGA_SHIFT]);
    }
}

// Put the pages of all areas, which are in order, and free the tables that had them.
static void free_areas(struct aspace *as) NO_TSA
{
    struct table_path path = {};

    for (const struct area *area = area_first(&as->areas); area != NULL; area = area->next) {
        for (struct table_span span = {.end = area_touched_from(area, area->start)};
             table_next_span(as, &span, area->end);) {
            leave_tables(as, &path, span.va);
            put_pages(as, &span);
            path = (struct table_path){span.va, span.link};
        }
    }
    leave_tables(as, &path, USER_END);
    assert(as->present_pages == 0); // or a table would be used again with entries in it
}

// The tables that are left, none of which has pages.
static void free_tables(struct aspace *as)
{
    struct table_span roots = {.entry = as->root->entry, .n = ROOT_USER_SLOTS};

    for (unsigned i = 0; as->tables > 1 && (i = table_next_used(&roots, i)) < roots.n; i++) {
        struct page_table *middle = entry_page(entry_load(&roots.entry[i]));
        struct table_span links = {.entry = middle->entry, .n = SV39_TABLE_SLOTS};

        for (unsigned j = 0; (j = table_next_used(&links, j)) < links.n; j++) {
            free_table(as, &links.entry[j]);
        }
        free_table(as, &roots.entry[i]);
    }
}

void table_free(struct aspace *as)
{
    free_areas(as);
    free_tables(as);
    table_root_free(as->root);
    as->tables--;
}
