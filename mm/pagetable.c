// SPDX-License-Identifier: MIT
// mm/pagetable.c - Sv39 page tables.
//
// Level 2 is the root; an entry of level n maps 4 KiB << 9n, either as a leaf or through a table.
// Invariant:  a table is zeroed before it is linked (release store, for the hardware's walkers).
#include "mm/pagetable.h"

#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "kernel/base/panic.h"
#include "mm/frame.h"
#include "mm/layout.h"

enum { ROOT_LEVEL = SV39_LEVELS - 1, VA_BITS = PAGE_SHIFT + SV39_LEVELS * SV39_INDEX_BITS };

#define PROT_ALLOWED (PTE_LEAF | PTE_U | PTE_G)

static unsigned level_shift(unsigned level)
{
    return PAGE_SHIFT + level * SV39_INDEX_BITS;
}

static uint64_t level_bytes(unsigned level)
{
    return bit(level_shift(level));
}

static unsigned index_of(uint64_t va, unsigned level)
{
    return (va >> level_shift(level)) & (SV39_TABLE_SLOTS - 1);
}

// The address whose lowest VA_BITS are `position`: the highest of those fills the rest.
static uint64_t canonical(uint64_t position)
{
    return (uint64_t)((int64_t)(position << (64 - VA_BITS)) >> (64 - VA_BITS));
}

static uint64_t entry_load(const pt_entry_t *entry)
{
    // relaxed: changes are serialised by the owner of the root.
    return atomic_load_explicit(entry, memory_order_relaxed);
}

static void entry_store(pt_entry_t *entry, uint64_t value)
{
    // release: pairs with the hardware's walk through a new table; leaves wait for a fence anyway.
    atomic_store_explicit(entry, value, memory_order_release);
}

static uint64_t entry_make(pa_t frame, uint64_t bits)
{
    return frame.raw >> PAGE_SHIFT << PTE_PPN_SHIFT | bits;
}

static pa_t entry_frame(uint64_t entry)
{
    return pa((entry & PTE_PPN_MASK) >> PTE_PPN_SHIFT << PAGE_SHIFT);
}

static bool entry_is_table(uint64_t entry)
{
    return (entry & (PTE_V | PTE_LEAF)) == PTE_V;
}

static struct page_table *entry_table(uint64_t entry)
{
    return pa_to_va(entry_frame(entry));
}

static int table_add(pt_entry_t *entry)
{
    struct page_table *table = pt_create();

    if (table == NULL) {
        return -ENOMEM;
    }
    entry_store(entry, entry_make(va_to_pa(table), PTE_V));
    return 0;
}

// The entry for `va` at the lowest level >= `*level` that has one. Returns it, and its level.
static pt_entry_t *entry_find(const struct page_table *root, uint64_t va, unsigned *level)
{
    const struct page_table *table = root;
    unsigned at = ROOT_LEVEL;

    for (;; at--) {
        const pt_entry_t *entry = &table->entry[index_of(va, at)];
        uint64_t value = entry_load(entry);

        if (at == *level || !entry_is_table(value)) {
            *level = at;
            return (pt_entry_t *)entry;
        }
        table = entry_table(value);
    }
}

// The same, with the tables down to `level` made. Returns: 0, -ENOMEM, -EEXIST under a leaf.
static int entry_make_path(struct page_table *root, uint64_t va, unsigned level, pt_entry_t **entry)
{
    for (;;) {
        unsigned at = level;

        *entry = entry_find(root, va, &at);
        if (at == level) {
            return 0;
        }
        int error = entry_load(*entry) == 0 ? table_add(*entry) : -EEXIST;

        if (error != 0) {
            return error;
        }
    }
}

// The largest page that can map `left` bytes at `va` to `frame`.
static unsigned leaf_level(uint64_t va, pa_t frame, uint64_t left)
{
    unsigned level = ROOT_LEVEL;

    while (level > 0 &&
           (!is_aligned(va | frame.raw, level_bytes(level)) || left < level_bytes(level))) {
        level--;
    }
    return level;
}

// Map one page of at most `left` bytes; a table that is already there stays and limits the size.
// Returns: 0 and the size in `*bytes`, or -errno.
static int leaf_add(struct page_table *root, uint64_t va, pa_t frame, uint64_t bits,
                    uint64_t *bytes)
{
    pt_entry_t *entry;
    unsigned level = leaf_level(va, frame, *bytes);
    int error = entry_make_path(root, va, level, &entry);

    while (error == 0 && level > 0 && entry_is_table(entry_load(entry))) {
        level--;
        error = entry_make_path(root, va, level, &entry);
    }
    if (error != 0) {
        return error;
    }
    if (entry_load(entry) != 0) {
        return -EEXIST;
    }
    entry_store(entry, entry_make(frame, bits));
    *bytes = level_bytes(level);
    return 0;
}

static bool range_is_valid(uint64_t va, pa_t frame, size_t npages)
{
    uint64_t last = va + (npages << PAGE_SHIFT) - 1;

    return npages != 0 && npages <= bit(VA_BITS - 1 - PAGE_SHIFT) &&
           is_aligned(va | frame.raw, PAGE_SIZE) && canonical(va) == va &&
           canonical(last) == last && last > va && frame.raw < bit(56);
}

static bool prot_is_valid(unsigned prot)
{
    return (prot & PTE_R) && (prot & ~(unsigned)PROT_ALLOWED) == 0 &&
           (prot & (PTE_W | PTE_X)) != (PTE_W | PTE_X);
}

struct page_table *pt_create(void)
{
    return frame_zeroed();
}

int pt_map(struct page_table *root, uint64_t va, pa_t frame, size_t npages, unsigned prot)
{
    if (!range_is_valid(va, frame, npages) || !prot_is_valid(prot)) {
        return -EINVAL;
    }
    uint64_t bits = prot | PTE_V | PTE_A | ((prot & PTE_W) ? PTE_D : 0);
    uint64_t size = npages << PAGE_SHIFT;

    for (uint64_t done = 0; done < size;) {
        uint64_t bytes = size - done;
        int error = leaf_add(root, va + done, pa(frame.raw + done), bits, &bytes);

        if (error != 0) {
            pt_unmap(root, va, done >> PAGE_SHIFT);
            return error;
        }
        done += bytes;
    }
    return 0;
}

// Unmap the page that starts at `va` and is no larger than `left`. Returns: its size.
static uint64_t leaf_remove(struct page_table *root, uint64_t va, uint64_t left)
{
    unsigned level = 0;
    pt_entry_t *entry = entry_find(root, va, &level);
    uint64_t bytes = level_bytes(level);

    assert(entry_load(entry) != 0 && is_aligned(va, bytes) && bytes <= left);
    entry_store(entry, 0);
    return bytes;
}

void pt_unmap(struct page_table *root, uint64_t va, size_t npages)
{
    uint64_t end = va + (npages << PAGE_SHIFT);

    while (va != end) {
        va += leaf_remove(root, va, end - va);
    }
}

int pt_lookup(const struct page_table *root, uint64_t va, struct pt_leaf *leaf)
{
    unsigned level = 0;
    uint64_t entry = entry_load(entry_find(root, va, &level));

    if (canonical(va) != va || entry == 0) {
        return -ENOENT;
    }
    *leaf = (struct pt_leaf){.va = round_down(va, level_bytes(level)),
                             .pa = entry_frame(entry),
                             .bytes = level_bytes(level),
                             .prot = entry & PROT_ALLOWED};
    return 0;
}

bool pt_next(const struct page_table *root, uint64_t *position, struct pt_leaf *leaf)
{
    while (*position < bit(VA_BITS)) {
        unsigned level = 0;
        uint64_t va = canonical(*position);
        uint64_t entry = entry_load(entry_find(root, va, &level));

        *position = round_down(*position, level_bytes(level)) + level_bytes(level);
        if (entry != 0) {
            return pt_lookup(root, va, leaf) == 0;
        }
    }
    return false;
}

int pt_reserve(struct page_table *root, uint64_t va, uint64_t bytes)
{
    unsigned last = index_of(va + bytes - 1, ROOT_LEVEL);

    for (unsigned i = index_of(va, ROOT_LEVEL); i <= last; i++) {
        int error = entry_load(&root->entry[i]) == 0 ? table_add(&root->entry[i]) : 0;

        if (error != 0) {
            return error;
        }
    }
    return 0;
}

static bool table_is_empty(const struct page_table *table)
{
    for (unsigned i = 0; i < SV39_TABLE_SLOTS; i++) {
        if (entry_load(&table->entry[i]) != 0) {
            return false;
        }
    }
    return true;
}

struct page_table *pt_detach_table(struct page_table *root, uint64_t va)
{
    unsigned level = 1;
    pt_entry_t *entry = entry_find(root, va, &level);

    if (level != 1 || !entry_is_table(entry_load(entry))) {
        return NULL;
    }
    struct page_table *table = entry_table(entry_load(entry));

    debug_assert(table_is_empty(table));
    entry_store(entry, 0);
    return table;
}
