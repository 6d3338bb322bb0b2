// SPDX-License-Identifier: MIT
// mm/user/protect.c - mprotect() on an address space, and what makes stored code executable.
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/base/bits.h"
#include "mm/user/space.h"
#include "mm/user/table.h"
#include "mm/user/tlb.h"

#define PERMISSIONS ((uint64_t)(PTE_V | PTE_LEAF | PTE_U | PTE_A | PTE_D))

// What an entry with the page of `value` allows in `area` from now on. A page that others hold too
// stays read-only until it is written; a fault decides then.
static uint64_t permitted(const struct area *area, uint64_t value)
{
    uint64_t bits = area->entry_bits;
    bool writable = (value & PTE_W) != 0 || (!area->shared && entry_is_mine(value));

    if (!writable) {
        bits &= ~(uint64_t)(PTE_W | PTE_D);
    }
    return (value & ~PERMISSIONS) | bits;
}

// Let the entries of `area` say what it says. Fences where one says less than before.
static void update_entries(struct aspace *as, const struct area *area) REQUIRES(as->lock)
{
    bool less = false;
    bool code = false;

    for (struct table_span span = {.end = area->start}; table_next_span(as, &span, area->end);) {
        for (unsigned i = 0; (i = table_next_used(&span, i)) < span.n; i++) {
            uint64_t value = entry_load(&span.entry[i]);
            uint64_t now = permitted(area, value);

            less = less || ((value & PTE_V) != 0 && (value & ~now & (PTE_V | PTE_LEAF)) != 0);
            code = code || (now & ~value & PTE_X) != 0;
            entry_store(&span.entry[i], now);
        }
    }
    if (less) {
        tlb_flush(as, area->start, area->end - area->start);
    }
    if (code) {
        tlb_flush_code(as);
    }
}

// Change the part of `area` inside [start, end). Returns: 0 and what has changed, perhaps grown by
// its neighbours, in *area; -errno.
static int protect_area(struct aspace *as, struct area **area, uint64_t start, uint64_t end,
                        unsigned prot) REQUIRES(as->lock)
{
    int err = 0;

    if ((*area)->never_writable && (prot & PROT_WRITE)) {
        return -EACCES;
    }
    if ((*area)->start < start) {
        err = space_area_split(as, *area, start);
        *area = (*area)->next;
    }
    if (err == 0 && (*area)->end > end) {
        err = space_area_split(as, *area, end);
    }
    if (err != 0) {
        return err;
    }
    bool was_data = area_is_data(*area);

    space_area_set_prot(*area, prot);
    as->data_pages += area_is_data(*area) ? area_pages(*area) : 0;
    as->data_pages -= was_data ? area_pages(*area) : 0;
    update_entries(as, *area);
    *area = space_area_merge(as, *area);
    return 0;
}

static int protect_locked(struct aspace *as, uint64_t start, uint64_t end, unsigned prot)
    REQUIRES(as->lock)
{
    while (start < end) {
        struct area *area = area_find(&as->areas, start);

        if (area == NULL || area->start > start) {
            return -ENOMEM; // what came before the hole stays changed, as with Linux
        }
        uint64_t next = min_u64(area->end, end);
        int err = area->prot != prot ? protect_area(as, &area, start, next, prot) : 0;

        if (err != 0) {
            return err;
        }
        start = next;
    }
    return 0;
}

int aspace_protect(struct aspace *as, uint64_t at, uint64_t bytes, unsigned prot)
{
    const unsigned known =
        PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM | PROT_GROWSDOWN | PROT_GROWSUP;

    if (!is_aligned(at, PAGE_SIZE) || (prot & ~known) != 0 ||
        (prot & (PROT_GROWSDOWN | PROT_GROWSUP)) == (PROT_GROWSDOWN | PROT_GROWSUP)) {
        return -EINVAL;
    }
    uint64_t end = at + round_up(bytes, PAGE_SIZE);

    if (bytes == 0) {
        return 0;
    }
    if (end <= at) {
        return -ENOMEM;
    }
    mutex_lock(&as->lock);
    int err = protect_locked(as, at, end, prot & (PROT_READ | PROT_WRITE | PROT_EXEC));

    mutex_unlock(&as->lock);
    return err;
}

void aspace_flush_code(struct aspace *as)
{
    mutex_lock(&as->lock); // or tlb_flush() might clear the bits that this sets
    tlb_flush_code(as);
    mutex_unlock(&as->lock);
}
