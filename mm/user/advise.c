// SPDX-License-Identifier: MIT
// mm/user/advise.c - madvise(), msync() and mincore() on an address space: what walks over areas.
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/base/bits.h"
#include "kernel/user.h"
#include "mm/user/space.h"
#include "mm/user/table.h"
#include "mm/user/vmo_map.h"

// Done to the part [start, end) of one area. Returns: 0 or -errno, which ends the walk.
typedef int area_visitor(struct aspace *as, struct area *area, uint64_t start, uint64_t end,
                         int advice);

// Visit what areas have of [start, end). Returns: 0; what `visit` returned; -ENOMEM if there were
// holes, after everything else has been visited.
static int visit_areas(struct aspace *as, uint64_t start, uint64_t end, area_visitor *visit,
                       int advice) REQUIRES(as->lock)
{
    int result = 0;

    while (start < end) {
        struct area *area = area_find(&as->areas, start);

        if (area == NULL || area->start >= end) {
            return -ENOMEM;
        }
        result = area->start > start ? -ENOMEM : result;
        start = max_u64(start, area->start);
        uint64_t next = min_u64(area->end, end);
        int err = visit(as, area, start, next, advice);

        if (err != 0) {
            return err;
        }
        start = next;
    }
    return result;
}

static int do_nothing(struct aspace *as, struct area *area, uint64_t start, uint64_t end,
                      int advice)
{
    (void)as;
    (void)area;
    (void)start;
    (void)end;
    (void)advice;
    return 0;
}

// The pages go, and are what they were first when they are next touched.
static int forget(struct aspace *as, struct area *area, uint64_t start, uint64_t end,
                  int advice) NO_TSA
{
    if (advice == MADV_FREE && (area->vmo != NULL || area->shared)) {
        return -EINVAL;
    }
    table_zap(as, area_touched_from(area, start), end);
    return 0;
}

// Touch every page.
static int touch(struct aspace *as, struct area *area, uint64_t start, uint64_t end,
                 int advice) NO_TSA
{
    enum fault_access access = advice == MADV_POPULATE_WRITE ? FAULT_STORE : FAULT_LOAD;

    (void)area;
    for (uint64_t va = start; va < end; va += PAGE_SIZE) {
        int err = user_must_end() ? -EINTR : space_fault_locked(as, va, access);

        if (err != 0) {
            return err == -EACCES ? -EINVAL : err == -ENXIO ? -EFAULT : err;
        }
    }
    return 0;
}

static void set_fork_advice(struct area *area, int advice)
{
    if (advice == MADV_DONTFORK || advice == MADV_DOFORK) {
        area->not_forked = advice == MADV_DONTFORK;
    } else {
        area->wiped_in_fork = advice == MADV_WIPEONFORK;
    }
}

// What a fork does with the pages.
static int set_fork(struct aspace *as, struct area *area, uint64_t start, uint64_t end,
                    int advice) NO_TSA
{
    if ((advice == MADV_WIPEONFORK || advice == MADV_KEEPONFORK) && area->vmo != NULL) {
        return -EINVAL;
    }
    if (area->start < start) {
        if (space_area_split(as, area, start) != 0) {
            return -ENOMEM;
        }
        area = area->next;
    }
    if (area->end > end && space_area_split(as, area, end) != 0) {
        return -ENOMEM;
    }
    set_fork_advice(area, advice);
    (void)space_area_merge(as, area);
    return 0;
}

// Returns: what `advice` does; NULL: it is none.
static area_visitor *visitor_of(int advice)
{
    static area_visitor *const visitors[] = {
        [MADV_NORMAL] = do_nothing,
        [MADV_RANDOM] = do_nothing,
        [MADV_SEQUENTIAL] = do_nothing,
        [MADV_WILLNEED] = do_nothing,
        [MADV_DONTNEED] = forget,
        [MADV_FREE] = forget, // at once
        [MADV_DONTFORK] = set_fork,
        [MADV_DOFORK] = set_fork,
        [MADV_MERGEABLE] = do_nothing,
        [MADV_UNMERGEABLE] = do_nothing,
        [MADV_HUGEPAGE] = do_nothing,
        [MADV_NOHUGEPAGE] = do_nothing,
        [MADV_DONTDUMP] = do_nothing,
        [MADV_DODUMP] = do_nothing,
        [MADV_WIPEONFORK] = set_fork,
        [MADV_KEEPONFORK] = set_fork,
        [MADV_COLD] = do_nothing,
        [MADV_PAGEOUT] = do_nothing,
        [MADV_POPULATE_READ] = touch,
        [MADV_POPULATE_WRITE] = touch,
        [MADV_DONTNEED_LOCKED] = forget,
    };

    return advice >= 0 && (size_t)advice < ARRAY_SIZE(visitors) ? visitors[advice] : NULL;
}

int aspace_advise(struct aspace *as, uint64_t at, uint64_t bytes, int advice)
{
    area_visitor *visit = visitor_of(advice);
    uint64_t end = at + round_up(bytes, PAGE_SIZE);

    if (visit == NULL || !is_aligned(at, PAGE_SIZE) || end < at || (bytes != 0 && end == at)) {
        return -EINVAL;
    }
    mutex_lock(&as->lock);
    int err = visit_areas(as, at, end, visit, advice);

    mutex_unlock(&as->lock);
    return err;
}

int aspace_sync(struct aspace *as, uint64_t at, uint64_t bytes)
{
    uint64_t end = at + round_up(bytes, PAGE_SIZE);

    if (!is_aligned(at, PAGE_SIZE)) {
        return -EINVAL;
    }
    if (end < at) {
        return -ENOMEM;
    }
    mutex_lock(&as->lock);
    int err = visit_areas(as, at, end, do_nothing, 0);

    mutex_unlock(&as->lock);
    return err;
}

static bool is_resident(struct aspace *as, const struct area *area, uint64_t va) REQUIRES(as->lock)
{
    const pt_entry_t *entry = table_entry(as, va);

    return (entry != NULL && entry_load(entry) != 0) ||
           (area->vmo != NULL && vmo_has_page(area->vmo, area_page_number(area, va)));
}

int aspace_resident(struct aspace *as, uint64_t at, size_t pages, unsigned char *resident)
{
    int err = 0;

    mutex_lock(&as->lock);
    for (size_t i = 0; i < pages && err == 0; i++) {
        uint64_t va = at + i * PAGE_SIZE;
        const struct area *area = va < USER_END ? space_area_at(as, va) : NULL;

        if (area == NULL) {
            err = -ENOMEM;
        } else {
            resident[i] = is_resident(as, area, va);
        }
    }
    mutex_unlock(&as->lock);
    return err;
}
