// SPDX-License-Identifier: MIT
// mm/user/space_area.c - areas as parts of an address space: what is counted of them, split,
// merged.
#include "kernel/abi/errno.h"
#include "kernel/abi/mman.h"
#include "kernel/base/bits.h"
#include "mm/memory.h"
#include "mm/objcache.h"
#include "mm/user/space.h"
#include "mm/user/vmo_map.h"

static struct objcache areas = OBJCACHE_INIT(areas, struct area);

bool space_area_reserve(struct aspace *as)
{
    if (as->spare == NULL) {
        as->spare = objcache_alloc_or_reclaim(&areas);
    }
    return as->spare != NULL && as->areas.count < AREAS_MAX;
}

static ALWAYS_INLINE void take_object(struct area *area)
{
    if (area->vmo != NULL) {
        (void)vmo_get(area->vmo);
        vmo_add_mapping(area);
    }
}

struct area *space_area_new(struct aspace *as, const struct area *like)
{
    struct area *area = as->spare;

    as->spare = NULL;
    if (area == NULL) {
        area = objcache_alloc_or_reclaim(&areas);
    }
    if (area != NULL) {
        __builtin_memcpy_inline(area, like, sizeof(*area)); // a call would take longer
        area->as = as;
        take_object(area);
    }
    return area;
}

void space_area_free(struct area *area)
{
    if (area->vmo != NULL) {
        vmo_remove_mapping(area);
        vmo_put(area->vmo);
    }
    if (area->as->spare == NULL) {
        area->as->spare = area;
    } else {
        objcache_free(&areas, area);
    }
}

void space_area_free_spare(struct aspace *as)
{
    if (as->spare != NULL) {
        objcache_free(&areas, as->spare);
    }
}

// What a program may do with a page, for each access; Linux lets it read what it may write.
static unsigned char access_of(unsigned prot)
{
    uint64_t load = prot & (PROT_READ | PROT_WRITE) ? bit(FAULT_LOAD) : 0;
    uint64_t store = prot & PROT_WRITE ? bit(FAULT_STORE) : 0;
    uint64_t fetch = prot & PROT_EXEC ? bit(FAULT_FETCH) : 0;

    return (unsigned char)(load | store | fetch);
}

void space_area_set_prot(struct area *area, unsigned prot)
{
    unsigned access = access_of(prot);
    uint64_t bits = 0;

    if (access != 0) {
        bits = PTE_V | PTE_U | PTE_A | (access & bit(FAULT_LOAD) ? PTE_R : 0) |
               (access & bit(FAULT_STORE) ? PTE_W | PTE_D : 0) |
               (access & bit(FAULT_FETCH) ? PTE_X : 0);
    }
    area->prot = prot;
    area->access = (unsigned char)access;
    area->entry_bits = bits;
}

static void count(struct aspace *as, const struct area *area, uint64_t pages)
{
    as->mapped_pages += pages;
    as->data_pages += area_is_data(area) ? pages : 0;
}

void space_area_add(struct aspace *as, struct area *area)
{
    area_insert(&as->areas, area);
    count(as, area, area_pages(area));
}

void space_area_append(struct aspace *as, struct area *area)
{
    area_append(&as->areas, area);
    count(as, area, area_pages(area));
}

void space_area_drop(struct aspace *as, struct area *area)
{
    area_remove(&as->areas, area);
    count(as, area, -area_pages(area));
    if (as->recent == area) {
        as->recent = NULL;
    }
    space_area_free(area);
}

void space_area_resize(struct aspace *as, struct area *area, uint64_t start, uint64_t end)
{
    uint64_t before = area_pages(area);

    area->offset += start - area->start;
    area_set_bounds(&as->areas, area, start, end);
    count(as, area, area_pages(area) - before);
}

int space_area_split(struct aspace *as, struct area *area, uint64_t at)
{
    struct area *rest = as->areas.count < AREAS_MAX ? space_area_new(as, area) : NULL;

    if (rest == NULL) {
        return -ENOMEM;
    }
    rest->start = at;
    rest->offset += at - area->start;
    space_area_resize(as, area, area->start, at);
    space_area_add(as, rest);
    return 0;
}

// Does `b` go on where `a`, the one before it, ends?
static bool continues(const struct area *a, const struct area *b)
{
    return a != NULL && b != NULL && a->end == b->start && a->prot == b->prot && a->vmo == b->vmo &&
           a->shared == b->shared && a->name == b->name && a->never_writable == b->never_writable &&
           a->not_forked == b->not_forked && a->wiped_in_fork == b->wiped_in_fork &&
           (a->vmo == NULL || a->offset + (a->end - a->start) == b->offset);
}

struct area *space_area_merge(struct aspace *as, struct area *area)
{
    struct area *previous = area->previous;
    struct area *next = area->next;

    if (continues(previous, area)) {
        uint64_t end = area->end;

        area_touch(previous, area->touched);
        space_area_drop(as, area);
        space_area_resize(as, previous, previous->start, end);
        area = previous;
    }
    if (continues(area, next)) {
        uint64_t end = next->end;

        area_touch(area, next->touched);
        space_area_drop(as, next);
        space_area_resize(as, area, area->start, end);
    }
    return area;
}

void space_area_place_spare(struct aspace *as)
{
    struct area *area = as->spare;
    struct area *last = as->areas.last;

    if (continues(last, area)) {
        last->end = area->end;
        count(as, area, area_pages(area));
        return;
    }
    as->spare = NULL;
    area->as = as;
    take_object(area);
    space_area_append(as, area);
}

int space_area_place(struct aspace *as, const struct area *fresh)
{
    struct area *next = area_find(&as->areas, fresh->start);
    struct area *previous = next != NULL ? next->previous : as->areas.last;

    if (continues(previous, fresh)) {
        area_touch(previous, fresh->touched);
        space_area_resize(as, previous, previous->start, fresh->end);
        (void)space_area_merge(as, previous);
        return 0;
    }
    if (continues(fresh, next)) {
        area_touch(next, fresh->touched);
        space_area_resize(as, next, fresh->start, next->end);
        return 0;
    }
    struct area *area = as->areas.count < AREAS_MAX ? space_area_new(as, fresh) : NULL;

    if (area == NULL) {
        return -ENOMEM;
    }
    space_area_add(as, area);
    return 0;
}
