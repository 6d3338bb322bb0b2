// SPDX-License-Identifier: MIT
// mm/user/map.c - mmap() and munmap() on an address space.
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/base/bits.h"
#include "kernel/base/panic.h"
#include "kernel/user.h"
#include "mm/frame.h"
#include "mm/user/space.h"
#include "mm/user/table.h"
#include "mm/user/vmo_map.h"

// ---- Removing -----------------------------------------------------------------------------------

// Take [start, end) away from `area`, which it overlaps but does not lie inside of.
static void cut(struct aspace *as, struct area *area, uint64_t start, uint64_t end)
    REQUIRES(as->lock)
{
    if (area->start >= start && area->end <= end) {
        space_area_drop(as, area);
    } else if (area->start < start) {
        space_area_resize(as, area, area->start, start);
    } else {
        space_area_resize(as, area, end, area->end);
    }
}

// Where to begin to look for pages in [start, end), of which `area` is the first area.
static uint64_t first_touched(const struct area *area, uint64_t start, uint64_t end)
{
    for (; area != NULL && area->start < end; area = area->next) {
        if (area->touched < area->end) {
            return area_touched_from(area, start);
        }
    }
    return end;
}

// If [start, end) lies inside of `area`, end the area at `end`, and let another have the rest.
// Returns: 0; -ENOMEM, and nothing has changed.
static int split_around(struct aspace *as, struct area *area, uint64_t start, uint64_t end)
    REQUIRES(as->lock)
{
    bool inside = area->start < start && area->end > end;

    return inside ? space_area_split(as, area, end) : 0;
}

int space_unmap_locked(struct aspace *as, uint64_t start, uint64_t end)
{
    struct area *area = area_find(&as->areas, start);

    if (area == NULL || area->start >= end) {
        return 0;
    }
    int err = split_around(as, area, start, end);

    if (err != 0) {
        return err;
    }
    table_zap(as, first_touched(area, start, end), end);
    while (area != NULL && area->start < end) {
        struct area *next = area->next;

        cut(as, area, start, end);
        area = next;
    }
    return 0;
}

int aspace_unmap(struct aspace *as, uint64_t at, uint64_t bytes)
{
    if (!is_aligned(at, PAGE_SIZE) || bytes == 0 || at >= USER_END || bytes > USER_END - at) {
        return -EINVAL;
    }
    mutex_lock(&as->lock);
    int err = space_unmap_locked(as, at, at + round_up(bytes, PAGE_SIZE));

    mutex_unlock(&as->lock);
    return err;
}

// ---- Finding room -------------------------------------------------------------------------------

static bool is_free(const struct aspace *as, uint64_t at, uint64_t bytes)
{
    const struct area *area = area_find(&as->areas, at);

    return at >= USER_LOWEST && at < USER_END && bytes <= USER_END - at &&
           (area == NULL || area->start >= at + bytes);
}

uint64_t space_find_room(const struct aspace *as, uint64_t hint, uint64_t bytes)
{
    if (hint != 0 && is_free(as, hint, bytes)) {
        return hint;
    }
    uint64_t at = area_find_gap(&as->areas, bytes, USER_LOWEST, MMAP_TOP);

    return at != 0 ? at : area_find_gap(&as->areas, bytes, USER_LOWEST, USER_END);
}

int space_check_limits(const struct aspace *as, uint64_t pages, bool data)
{
    bool over = as->mapped_pages + pages > as->limit_bytes >> PAGE_SHIFT ||
                (data && as->data_pages + pages > as->limit_data >> PAGE_SHIFT);

    return over ? -ENOMEM : 0;
}

// ---- Mapping ------------------------------------------------------------------------------------

// What is asked for makes no sense at all. `bytes` is rounded.
static int check_request(const struct map_request *request, uint64_t bytes)
{
    unsigned type = request->flags & MAP_TYPE;

    if (request->bytes == 0 || !is_aligned(request->offset, PAGE_SIZE) ||
        (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE)) {
        return -EINVAL;
    }
    if (bytes == 0 || bytes > USER_END) {
        return -ENOMEM;
    }
    return request->offset + bytes < request->offset ? -EOVERFLOW : 0;
}

// Decide where. Returns: the address, or -errno.
static long choose(const struct aspace *as, const struct map_request *request, uint64_t bytes)
    REQUIRES(as->lock)
{
    if ((request->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) == 0) {
        uint64_t at = space_find_room(as, round_up(request->at, PAGE_SIZE), bytes);

        return at != 0 ? (long)at : -ENOMEM;
    }
    if (!is_aligned(request->at, PAGE_SIZE)) {
        return -EINVAL;
    }
    if (request->at > USER_END - bytes) {
        return -ENOMEM;
    }
    if (request->at < USER_LOWEST) {
        return -EPERM;
    }
    if ((request->flags & MAP_FIXED_NOREPLACE) && !is_free(as, request->at, bytes)) {
        return -EEXIST;
    }
    return (long)request->at;
}

// Refuse what there can never be memory for, as Linux does by default.
static bool hopeless(const struct area *area, unsigned flags)
{
    bool counts = area_is_data(area) || (area->shared && (flags & MAP_ANONYMOUS));

    return counts && (flags & MAP_NORESERVE) == 0 && area_pages(area) > frames_total();
}

// How many pages of [start, end) are mapped.
static uint64_t pages_between(const struct aspace *as, uint64_t start, uint64_t end)
    REQUIRES(as->lock)
{
    const struct area *area = area_find(&as->areas, start);
    uint64_t bytes = 0;

    for (; area != NULL && area->start < end; area = area->next) {
        bytes += min_u64(area->end, end) - max_u64(area->start, start);
    }
    return bytes >> PAGE_SHIFT;
}

// May `area` be put in? What it replaces does not count. Returns: 0 or -ENOMEM.
static int check_limits(const struct aspace *as, const struct map_request *request,
                        const struct area *area) REQUIRES(as->lock)
{
    uint64_t pages = area_pages(area);
    bool data = area_is_data(area);

    if (hopeless(area, request->flags)) {
        return -ENOMEM;
    }
    int err = space_check_limits(as, pages, data);

    if (err != 0 && (request->flags & MAP_FIXED)) {
        pages -= pages_between(as, area->start, area->end);
        err = space_check_limits(as, pages, data);
    }
    return err;
}

// Unmap [start, end) for a new area: only once it is sure that one can be had, as nothing brings
// back what was there. Returns: 0; -ENOMEM, and nothing has changed.
static int make_place(struct aspace *as, uint64_t start, uint64_t end) REQUIRES(as->lock)
{
    struct area *area = area_find(&as->areas, start);

    if (area == NULL || area->start >= end) {
        return 0;
    }
    int err = split_around(as, area, start, end);

    if (err != 0) {
        return err;
    }
    if (!space_area_reserve(as)) {
        (void)space_area_merge(as, area);
        return -ENOMEM;
    }
    return space_unmap_locked(as, start, end);
}

// An area as `request` has it, but for its place: it ends at its length. What it has as a part of a
// space is not set.
static void area_describe(struct area *area, const struct map_request *request)
{
    area->end = round_up(request->bytes, PAGE_SIZE);
    area->shared = (request->flags & MAP_TYPE) != MAP_PRIVATE;
    area->never_writable = request->never_writable;
    area->not_forked = false;
    area->wiped_in_fork = false;
    area->vmo = request->vmo;
    area->offset = request->offset;
    area->name = request->name;
    area->touched = UINT64_MAX;
    area->as = NULL;
    space_area_set_prot(area, request->prot & (PROT_READ | PROT_WRITE | PROT_EXEC));
}

// Put in `area`, all but whose place is decided. Returns: where, or -errno.
static long map_locked(struct aspace *as, const struct map_request *request, struct area *area)
    REQUIRES(as->lock)
{
    uint64_t bytes = area->end;
    long at = choose(as, request, bytes);

    if (at < 0) {
        return at;
    }
    area->start = (uint64_t)at;
    area->end = (uint64_t)at + bytes;
    int err = check_limits(as, request, area);

    if (err == 0 && (request->flags & MAP_FIXED)) {
        err = make_place(as, area->start, area->end);
    }
    if (err == 0) {
        err = space_area_place(as, area);
    }
    return err != 0 ? err : at;
}

void aspace_begin_areas(struct aspace *as) NO_TSA
{
    mutex_lock(&as->lock); // an object that is resized may find the areas
}

int aspace_add_area(struct aspace *as, const struct map_request *request) NO_TSA
{
    if (request->at < USER_LOWEST) {
        return -EPERM;
    }
    if (!space_area_reserve(as)) {
        return -ENOMEM;
    }
    struct area *area = as->spare;

    area_describe(area, request);
    area->start = request->at;
    area->end += request->at;
    debug_assert(area->end <= USER_END &&
                 (as->areas.last == NULL || as->areas.last->end <= area->start));
    if (hopeless(area, request->flags) ||
        space_check_limits(as, area_pages(area), area_is_data(area)) != 0) {
        return -ENOMEM;
    }
    space_area_place_spare(as);
    return 0;
}

void aspace_end_areas(struct aspace *as) NO_TSA
{
    area_build(&as->areas);
    mutex_unlock(&as->lock);
}

// Touch every page of [start, end) that may be touched; what cannot be had is left for later, and
// all of it by a program that has to end.
static void populate(struct aspace *as, uint64_t start, uint64_t end, bool write) REQUIRES(as->lock)
{
    enum fault_access access = write ? FAULT_STORE : FAULT_LOAD;

    for (uint64_t va = start; va < end && !user_must_end(); va += PAGE_SIZE) {
        if (space_fault_locked(as, va, access) != 0) {
            return;
        }
    }
}

long aspace_map(struct aspace *as, const struct map_request *request)
{
    uint64_t bytes = round_up(request->bytes, PAGE_SIZE);
    int err = check_request(request, bytes);
    struct area area;

    if (err != 0) {
        return err;
    }
    area_describe(&area, request);
    struct vmo *made = area.shared && area.vmo == NULL ? vmo_new(bytes) : NULL;

    if (made != NULL) {
        area.vmo = made;
    }
    if (area.shared && area.vmo == NULL) {
        return -ENOMEM;
    }
    mutex_lock(&as->lock);
    long at = map_locked(as, request, &area);

    if (at >= 0 && (request->flags & (MAP_POPULATE | MAP_LOCKED)) && area.access != 0) {
        populate(as, (uint64_t)at, (uint64_t)at + bytes, area_is_data(&area));
    }
    mutex_unlock(&as->lock);
    if (made != NULL) {
        vmo_put(made);
    }
    return at;
}
