// SPDX-License-Identifier: MIT
// mm/user/fork.c - a copy of an address space, whose private pages both have until one is written.
#include "kernel/abi/errno.h"
#include "kernel/omit.h"
#include "mm/user/page.h"
#include "mm/user/space.h"
#include "mm/user/table.h"
#include "mm/user/tlb.h"

// Share the pages of `span`, all of one private area, with `to`, a copy of their space, which is
// `from`: nobody may write them any more. *fence: a hart may remember that it may.
// Returns: 0 or -ENOMEM.
static int share_span(struct aspace *from, struct aspace *to, const struct table_span *span,
                      bool *fence) REQUIRES(from->lock) REQUIRES(to->lock)
{
    pt_entry_t *copy = NULL;
    uint64_t changed = 0;

    // From the end, where a stack is: no more is searched when all that there is has been found.
    for (unsigned i = span->n;
         to->present_pages != from->present_pages && (i = table_last_used(span, i)) > 0;) {
        uint64_t value = entry_load(&span->entry[--i]);
        uint64_t shared = value & ~(uint64_t)(PTE_W | PTE_D);

        if (copy == NULL && (copy = table_entry_make(to, span->va)) == NULL) {
            return -ENOMEM;
        }
        entry_get(value);
        entry_store_early(&copy[i], shared);
        to->present_pages++;
        changed |= value ^ shared;
        entry_store(&span->entry[i], shared);
    }
    *fence = *fence || changed != 0;
    return 0;
}

static int share_pages(struct aspace *from, struct aspace *to, const struct area *area, bool *fence)
    REQUIRES(from->lock) REQUIRES(to->lock)
{
    int err = 0;

    for (struct table_span span = {.end = area_touched_from(area, area->start)};
         err == 0 && table_next_span(from, &span, area->end);) {
        err = share_span(from, to, &span, fence);
    }
    return err;
}

// What an object has is found again by faults; only pages that are the space's own are not.
static int fork_area(struct aspace *from, struct aspace *to, const struct area *area, bool *fence)
    REQUIRES(from->lock) REQUIRES(to->lock)
{
    if (area->not_forked) {
        return 0;
    }
    struct area *copy = space_area_new(to, area);

    if (copy == NULL) {
        return -ENOMEM;
    }
    space_area_append(to, copy);
    if (area->shared || area->wiped_in_fork) {
        return 0;
    }
    return share_pages(from, to, area, fence);
}

static int fork_areas(struct aspace *from, struct aspace *to) REQUIRES(from->lock)
    REQUIRES(to->lock)
{
    bool fence = false;
    int err = 0;

    for (const struct area *area = area_first(&from->areas); area != NULL && err == 0;
         area = area->next) {
        err = fork_area(from, to, area, &fence);
    }
    area_build(&to->areas);
    if (fence && !is_omitted(OMIT_FORK_FENCE)) {
        tlb_flush(from, 0, USER_END);
    }
    return err;
}

struct aspace *aspace_fork(struct aspace *from)
{
    struct aspace *to = aspace_new();

    if (to == NULL) {
        return NULL;
    }
    mutex_lock(&from->lock);
    mutex_lock(&to->lock); // an object that is resized may find the areas of the copy
    to->heap_start = from->heap_start;
    to->heap_end = from->heap_end;
    to->limit_bytes = from->limit_bytes;
    to->limit_data = from->limit_data;
    tlb_fork(to, from);
    int err = fork_areas(from, to);

    mutex_unlock(&to->lock);
    mutex_unlock(&from->lock);
    if (err != 0) {
        if (!is_omitted(OMIT_FORK_UNDO)) {
            aspace_put(to);
        }
        return NULL;
    }
    return to;
}
