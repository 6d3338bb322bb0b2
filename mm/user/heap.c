// SPDX-License-Identifier: MIT
// mm/user/heap.c - brk(): an anonymous area that begins behind the program and grows.
#include "kernel/abi/mman.h"
#include "kernel/base/bits.h"
#include "mm/user/space.h"

static const char heap_name[] = "[heap]";

void aspace_set_heap(struct aspace *as, uint64_t at)
{
    mutex_lock(&as->lock);
    as->heap_start = round_up(at, PAGE_SIZE);
    as->heap_end = as->heap_start;
    mutex_unlock(&as->lock);
}

// Let the heap have [from, to) too. Returns: whether it could.
static bool grow(struct aspace *as, uint64_t from, uint64_t to) REQUIRES(as->lock)
{
    const struct area *next = area_find(&as->areas, from);
    struct area area = {.start = from, .end = to, .name = heap_name, .touched = UINT64_MAX};

    if (to > USER_END || (next != NULL && next->start < to) ||
        space_check_limits(as, (to - from) >> PAGE_SHIFT, true) != 0 ||
        (to - as->heap_start) > as->limit_data) {
        return false;
    }
    space_area_set_prot(&area, PROT_READ | PROT_WRITE);
    return space_area_place(as, &area) == 0;
}

static bool move_end(struct aspace *as, uint64_t end) REQUIRES(as->lock)
{
    uint64_t from = round_up(as->heap_end, PAGE_SIZE);
    uint64_t to = round_up(end, PAGE_SIZE);

    if (to > from) {
        return grow(as, from, to);
    }
    return to == from || space_unmap_locked(as, to, from) == 0;
}

uint64_t aspace_brk(struct aspace *as, uint64_t end)
{
    mutex_lock(&as->lock);
    if (end >= as->heap_start && end <= USER_END && move_end(as, end)) {
        as->heap_end = end;
    }
    uint64_t now = as->heap_end;

    mutex_unlock(&as->lock);
    return now;
}
