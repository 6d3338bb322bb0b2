// SPDX-License-Identifier: MIT
// mm/user/remap.c - mremap() on an address space: pages move, their contents are not copied.
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/base/bits.h"
#include "mm/user/space.h"
#include "mm/user/table.h"
#include "mm/user/tlb.h"

// Throughout, `r` is what was asked for, its sizes rounded up to pages.

static int check(const struct remap_request *r)
{
    unsigned known = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;

    if ((r->flags & ~known) != 0 || !is_aligned(r->at, PAGE_SIZE) || r->new_bytes == 0 ||
        ((r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0 && !(r->flags & MREMAP_MAYMOVE)) ||
        ((r->flags & MREMAP_DONTUNMAP) != 0 && r->bytes != r->new_bytes)) {
        return -EINVAL;
    }
    if (r->at >= USER_END || r->bytes > USER_END - r->at) {
        return -EFAULT;
    }
    if (!(r->flags & MREMAP_FIXED)) {
        return 0;
    }
    bool overlap = r->at < r->new_at + r->new_bytes && r->new_at < r->at + r->bytes;

    return !is_aligned(r->new_at, PAGE_SIZE) || r->new_at < USER_LOWEST ||
                   r->new_bytes > USER_END || r->new_at > USER_END - r->new_bytes || overlap
               ? -EINVAL
               : 0;
}

// Make the tables for what the pages of `span` are to be moved to, `distance` further on, modulo
// 2^64. Returns: 0 or -ENOMEM.
static int make_tables_of(struct aspace *as, const struct table_span *span, uint64_t distance)
    REQUIRES(as->lock)
{
    for (unsigned i = 0; (i = table_next_used(span, i)) < span->n; i++) {
        if (table_entry_make(as, span->va + i * PAGE_SIZE + distance) == NULL) {
            return -ENOMEM;
        }
    }
    return 0;
}

// The same for the pages of [from, from + bytes).
static int make_tables(struct aspace *as, uint64_t from, uint64_t to, uint64_t bytes)
    REQUIRES(as->lock)
{
    for (struct table_span span = {.end = from}; table_next_span(as, &span, from + bytes);) {
        if (make_tables_of(as, &span, to - from) != 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

// Move the pages; the tables are there. A hart may use the old places until they are fenced, which
// is before anybody is told of the new ones.
static void move_pages(struct aspace *as, uint64_t from, uint64_t to, uint64_t bytes)
    REQUIRES(as->lock)
{
    bool any = false;

    for (struct table_span span = {.end = from}; table_next_span(as, &span, from + bytes);) {
        for (unsigned i = 0; (i = table_next_used(&span, i)) < span.n; i++) {
            pt_entry_t *entry = table_entry(as, span.va + i * PAGE_SIZE - from + to);

            entry_store(entry, entry_load(&span.entry[i]));
            entry_store(&span.entry[i], 0);
            any = true;
        }
    }
    if (any) {
        tlb_flush(as, from, bytes);
    }
}

// Put the area at `to`, r->new_bytes long, with what the old one has. Returns: `to`, or -errno.
static long move(struct aspace *as, const struct area *area, const struct remap_request *r,
                 uint64_t to) REQUIRES(as->lock)
{
    uint64_t bytes = min_u64(r->bytes, r->new_bytes);
    struct area moved = *area;

    moved.offset += r->at - area->start;
    moved.start = to;
    moved.touched = to;
    moved.end = to + r->new_bytes;
    if (make_tables(as, r->at, to, bytes) != 0 || space_area_place(as, &moved) != 0) {
        return -ENOMEM;
    }
    move_pages(as, r->at, to, bytes);
    if ((r->flags & MREMAP_DONTUNMAP) || r->bytes == 0) {
        return (long)to;
    }
    // Inside of one area it needs another. If there is no memory, what is left is empty.
    (void)space_unmap_locked(as, r->at, r->at + r->bytes);
    return (long)to;
}

static bool can_grow_here(const struct area *area, const struct remap_request *r)
{
    uint64_t end = r->at + r->bytes;

    return area->end == end && r->new_bytes <= USER_END - r->at &&
           (area->next == NULL || area->next->start >= r->at + r->new_bytes);
}

static long grow_here(struct aspace *as, struct area *area, const struct remap_request *r)
    REQUIRES(as->lock)
{
    space_area_resize(as, area, area->start, r->at + r->new_bytes);
    (void)space_area_merge(as, area);
    return (long)r->at;
}

static long move_somewhere(struct aspace *as, const struct area *area,
                           const struct remap_request *r) REQUIRES(as->lock)
{
    if (!(r->flags & MREMAP_MAYMOVE)) {
        return -ENOMEM;
    }
    uint64_t to = r->flags & MREMAP_FIXED ? r->new_at : space_find_room(as, 0, r->new_bytes);

    return to != 0 ? move(as, area, r, to) : -ENOMEM;
}

// Returns: 0 if all of the old range is one area that may be changed so; -EFAULT; -EINVAL; -ENOMEM.
static int check_area(const struct aspace *as, const struct area *area,
                      const struct remap_request *r) REQUIRES(as->lock)
{
    if (area == NULL || r->bytes > area->end - r->at) {
        return -EFAULT;
    }
    if (r->bytes == 0 && !area->shared) { // a second mapping of the same pages
        return -EINVAL;
    }
    if ((r->flags & MREMAP_DONTUNMAP) && (area->shared || area->vmo != NULL)) {
        return -EINVAL;
    }
    uint64_t offset = area->offset + (r->at - area->start);

    if (area->vmo != NULL && offset + r->new_bytes < offset) {
        return -EINVAL;
    }
    bool stays = (r->flags & MREMAP_DONTUNMAP) != 0 || r->bytes == 0;
    uint64_t more = stays ? r->new_bytes : r->new_bytes > r->bytes ? r->new_bytes - r->bytes : 0;

    return more != 0 ? space_check_limits(as, more >> PAGE_SHIFT, area_is_data(area)) : 0;
}

static long remap_locked(struct aspace *as, const struct remap_request *r) REQUIRES(as->lock)
{
    struct area *area = space_area_at(as, r->at);
    bool moves = (r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0;
    int err = check_area(as, area, r);

    if (err == 0 && (r->flags & MREMAP_FIXED)) {
        err = space_unmap_locked(as, r->new_at, r->new_at + r->new_bytes);
        area = space_area_at(as, r->at); // it may have been split, or go if all of it is new
    }
    if (err != 0 || area == NULL) {
        return err != 0 ? err : -EFAULT;
    }
    if (!moves && r->new_bytes <= r->bytes) {
        err = r->new_bytes < r->bytes
                  ? space_unmap_locked(as, r->at + r->new_bytes, r->at + r->bytes)
                  : 0;
        return err != 0 ? err : (long)r->at;
    }
    if (!moves && r->bytes != 0 && can_grow_here(area, r)) {
        return grow_here(as, area, r);
    }
    return move_somewhere(as, area, r);
}

long aspace_remap(struct aspace *as, const struct remap_request *request)
{
    struct remap_request r = *request;

    r.bytes = round_up(r.bytes, PAGE_SIZE);
    r.new_bytes = round_up(r.new_bytes, PAGE_SIZE);
    int err = check(&r);

    if (err != 0) {
        return err;
    }
    if (r.new_bytes > USER_END) {
        return -ENOMEM;
    }
    mutex_lock(&as->lock);
    long result = remap_locked(as, &r);

    mutex_unlock(&as->lock);
    return result;
}
