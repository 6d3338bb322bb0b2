// SPDX-License-Identifier: MIT
// mm/user/fault.c - page faults: a page appears when it is touched, and is copied when it is
// written.
//
// Anonymous memory that may be written gets a page of its own on the first access, even if that is
// a read: a second fault would cost more than the zeros. What can only be read gets the page of
// zeros.
#include "kernel/abi/errno.h"
#include "kernel/base/bits.h"
#include "mm/user/page.h"
#include "mm/user/space.h"
#include "mm/user/table.h"
#include "mm/user/tlb.h"
#include "mm/user/vmo_map.h"

enum { AROUND_BYTES = 16 * PAGE_SIZE }; // how much of a file appears at once; inside of one table

static NOINLINE struct area *find_area(struct aspace *as, uint64_t va) REQUIRES(as->lock)
{
    struct area *area = area_find(&as->areas, va);

    if (area == NULL || area->start > va) {
        return NULL;
    }
    as->recent = area;
    return area;
}

// Out of line is what is not the usual case, so that the usual one saves few registers.
static ALWAYS_INLINE struct area *area_at(struct aspace *as, uint64_t va) REQUIRES(as->lock)
{
    struct area *area = as->recent;

    return likely(area != NULL && va - area->start < area->end - area->start) ? area
                                                                              : find_area(as, va);
}

struct area *space_area_at(struct aspace *as, uint64_t va)
{
    return area_at(as, va);
}

static uint64_t read_only(uint64_t bits)
{
    return bits & ~(uint64_t)(PTE_W | PTE_D);
}

// `entry` was empty: from now on it holds `page`, which is the entry's.
static void fill(struct aspace *as, pt_entry_t *entry, const void *page, uint64_t bits)
    REQUIRES(as->lock)
{
    entry_store(entry, entry_make(page, bits));
    as->present_pages++;
}

// Returns: a page of its own with what `page` has; NULL: out of memory.
static void *copy_of(const void *page)
{
    if (page == zero_page) {
        return page_new();
    }
    void *copy = page_new_unfilled();

    if (likely(copy != NULL)) {
        page_copy(copy, page);
    }
    return copy;
}

// A page that was written is about to be seen through `area`: before that, harts forget what they
// may have fetched from its frame. Memory that was never written needs no fence.
static void fence_if_code(struct aspace *as, const struct area *area) REQUIRES(as->lock)
{
    if (unlikely((area->entry_bits & PTE_X) != 0)) {
        tlb_flush_code(as);
    }
}

// ---- A page that is not there yet ---------------------------------------------------------------

static ALWAYS_INLINE int fill_anonymous(struct aspace *as, const struct area *area,
                                        pt_entry_t *entry) REQUIRES(as->lock)
{
    void *page = zero_page;
    uint64_t bits = area->entry_bits;

    if (likely((bits & PTE_W) != 0)) {
        page = page_new();
        if (unlikely(page == NULL)) {
            return -ENOMEM;
        }
    } else {
        bits |= PTE_KEPT;
    }
    fill(as, entry, page, bits);
    return 0;
}

// The program's own copy of an object's page, which it writes.
static int fill_private(struct aspace *as, const struct area *area, uint64_t va, pt_entry_t *entry)
    REQUIRES(as->lock)
{
    void *page;
    int err = vmo_page(area->vmo, area_page_number(area, va), false, &page);

    if (err != 0) {
        return err;
    }
    void *copy = copy_of(page);

    page_put(page);
    if (copy == NULL) {
        return -ENOMEM;
    }
    fence_if_code(as, area);
    fill(as, entry, copy, area->entry_bits);
    return 0;
}

// A fixed page is to be written by all who map it: the object has to have its own first, and
// unmaps the fixed one everywhere, for which it takes the locks of all spaces, one at a time. If
// that goes on already, this waits for it. Returns: -EAGAIN: everything may have changed, look
// again; -ENXIO; -ENOMEM.
static int make_own(struct aspace *as, const struct area *area, uint64_t va) REQUIRES(as->lock)
{
    struct vmo *vmo = vmo_get(area->vmo);
    uint64_t number = area_page_number(area, va);
    void *page;

    mutex_unlock(&as->lock);
    int err = vmo_page(vmo, number, true, &page);

    if (err == 0) {
        page_put(page);
    }
    vmo_put(vmo);
    mutex_lock(&as->lock);
    return err != 0 ? err : -EAGAIN;
}

// A program that has touched a page of a file will touch those around it. Entries for the ones that
// are in memory for good cost no more than their stores.
static void fill_around(struct aspace *as, struct area *area, uint64_t va, pt_entry_t *entry)
    REQUIRES(as->lock)
{
    uint64_t start = max_u64(round_down(va, AROUND_BYTES), area->start);
    uint64_t first = area_page_number(area, start);
    uint64_t end =
        first +
        ((min_u64(round_down(va, AROUND_BYTES) + AROUND_BYTES, area->end) - start) >> PAGE_SHIFT);
    const char *page = vmo_fixed_pages(area->vmo, first, &end);

    area_touch(area, start);
    pt_entry_t *at = entry - ((va >> PAGE_SHIFT) - (start >> PAGE_SHIFT));

    for (uint64_t i = first; page != NULL && i < end; i++, page += PAGE_SIZE, at++) {
        if (entry_load(at) == 0) {
            fill(as, at, page, area->entry_bits | PTE_KEPT);
        }
    }
}

// A page that is in memory for good.
static int fill_fixed(struct aspace *as, struct area *area, uint64_t va, pt_entry_t *entry,
                      const void *page) REQUIRES(as->lock)
{
    fill(as, entry, page, read_only(area->entry_bits) | PTE_KEPT);
    if ((area->entry_bits & PTE_W) == 0) {
        fill_around(as, area, va, entry);
    }
    return 0;
}

// The object's page itself. Returns: -EAGAIN: as make_own(); else as aspace_fault().
static int fill_from_object(struct aspace *as, struct area *area, uint64_t va,
                            enum fault_access access, pt_entry_t *entry) REQUIRES(as->lock)
{
    void *page;
    bool own;
    int err = vmo_page_to_map(area->vmo, area_page_number(area, va), &page, &own);

    if (err == -EAGAIN || (err == 0 && !own && area->shared && access == FAULT_STORE)) {
        return make_own(as, area, va);
    }
    if (err != 0) {
        return err;
    }
    if (!own) {
        return fill_fixed(as, area, va, entry, page);
    }
    fence_if_code(as, area);
    fill(as, entry, page, area->shared ? area->entry_bits : read_only(area->entry_bits));
    return 0;
}

static NOINLINE int fill_other(struct aspace *as, struct area *area, uint64_t va,
                               enum fault_access access, pt_entry_t *entry) REQUIRES(as->lock)
{
    if (!area->shared && access == FAULT_STORE) {
        return fill_private(as, area, va, entry);
    }
    return fill_from_object(as, area, va, access, entry);
}

// ---- A page that is there -----------------------------------------------------------------------

// Returns: as fill_from_object().
static int write_shared(struct aspace *as, const struct area *area, uint64_t va, pt_entry_t *entry)
    REQUIRES(as->lock)
{
    void *page;
    bool own;
    int err = vmo_page_to_map(area->vmo, area_page_number(area, va), &page, &own);

    if (err == -EAGAIN || (err == 0 && !own)) {
        return make_own(as, area, va);
    }
    if (err != 0) {
        return err;
    }
    bool same = entry_page(entry_load(entry)) == page;

    page_put(page); // the entry holds it
    if (!same) {    // what is mapped was given up by the object, and is about to be unmapped
        table_zap(as, round_down(va, PAGE_SIZE), round_down(va, PAGE_SIZE) + PAGE_SIZE);
        return -EAGAIN;
    }
    entry_store(entry, entry_make(page, area->entry_bits));
    tlb_flush_here(va);
    return 0;
}

static int write_private(struct aspace *as, const struct area *area, uint64_t va, pt_entry_t *entry)
    REQUIRES(as->lock)
{
    uint64_t value = entry_load(entry);
    void *page = entry_page(value);

    if (entry_is_mine(value)) {
        entry_store(entry, entry_make(page, area->entry_bits));
        tlb_flush_here(va);
        return 0;
    }
    void *copy = copy_of(page);

    if (copy == NULL) {
        return -ENOMEM;
    }
    // The old page goes first: else one hart could write the copy while another still reads that.
    entry_store(entry, value & ~(uint64_t)PTE_V);
    tlb_flush(as, round_down(va, PAGE_SIZE), PAGE_SIZE);
    fence_if_code(as, area);
    entry_store(entry, entry_make(copy, area->entry_bits));
    entry_put(value);
    return 0;
}

// `value` is what the entry holds. If it allows what is asked, another thread was faster, or this
// hart remembers something older.
static NOINLINE int present(struct aspace *as, const struct area *area, uint64_t va,
                            enum fault_access access, pt_entry_t *entry) REQUIRES(as->lock)
{
    if (access == FAULT_STORE && (entry_load(entry) & PTE_W) == 0) {
        return area->shared ? write_shared(as, area, va, entry)
                            : write_private(as, area, va, entry);
    }
    tlb_flush_here(va);
    return 0;
}

static ALWAYS_INLINE int fault_once(struct aspace *as, uint64_t va, enum fault_access access)
    REQUIRES(as->lock)
{
    struct area *area = area_at(as, va);

    if (unlikely(area == NULL)) {
        return -EFAULT;
    }
    if (unlikely((area->access & bit(access)) == 0)) {
        return -EACCES;
    }
    area_touch(area, va);
    pt_entry_t *entry;

    if (unlikely(!table_entry_at_once(as, va, &entry))) {
        entry = table_entry_make(as, va);
        if (entry == NULL) {
            return -ENOMEM;
        }
    }
    if (entry_load(entry) != 0) {
        return present(as, area, va, access, entry);
    }
    return likely(area->vmo == NULL) ? fill_anonymous(as, area, entry)
                                     : fill_other(as, area, va, access, entry);
}

int space_fault_locked(struct aspace *as, uint64_t va, enum fault_access access)
{
    int err;

    do {
        err = fault_once(as, va, access);
    } while (unlikely(err == -EAGAIN));
    return err;
}

int aspace_fault(struct aspace *as, uint64_t va, enum fault_access access)
{
    mutex_lock(&as->lock);
    int err = fault_once(as, va, access);

    if (unlikely(err == -EAGAIN)) {
        err = space_fault_locked(as, va, access);
    }
    mutex_unlock(&as->lock);
    return err;
}
