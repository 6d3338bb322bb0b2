// SPDX-License-Identifier: MIT
// mm/user/aspace.c - the life of an address space.
#include "mm/user/aspace.h"

#include "kernel/base/panic.h"
#include "mm/memory.h"
#include "mm/objcache.h"
#include "mm/user/page.h"
#include "mm/user/space.h"
#include "mm/user/table.h"
#include "mm/user/table_pool.h"
#include "mm/user/tlb.h"

static struct objcache aspaces = OBJCACHE_INIT(aspaces, struct aspace);

void aspaces_init(void)
{
    pages_init();
    tlb_init();
    mm_on_reclaim(table_pool_drain);
}

struct aspace *aspace_new(void)
{
    struct aspace *as = objcache_alloc_or_reclaim(&aspaces);
    struct page_table *root = as != NULL ? table_root_new() : NULL;

    if (root == NULL) {
        if (as != NULL) {
            objcache_free(&aspaces, as);
        }
        return NULL;
    }
    *as = (struct aspace){.root = root,
                          .satp = SATP_MODE_SV39 | va_to_pa(root).raw >> PAGE_SHIFT,
                          .tables = 1,
                          .limit_bytes = UINT64_MAX,
                          .limit_data = UINT64_MAX};
    table_forget_leaves(as);
    atomic_init(&as->refs, 1);
    atomic_init(&as->context, 0);
    atomic_init(&as->seen, 0);
    atomic_init(&as->stale, 0);
    mutex_init(&as->lock);
    return as;
}

struct aspace *aspace_get(struct aspace *as)
{
    // relaxed: the caller has a reference already.
    (void)atomic_fetch_add_explicit(&as->refs, 1, memory_order_relaxed);
    return as;
}

bool space_try_get(struct aspace *as)
{
    unsigned refs = atomic_load_explicit(&as->refs, memory_order_relaxed);

    // relaxed: only that it does not come back from 0 matters.
    while (refs != 0 &&
           !atomic_compare_exchange_weak_explicit(&as->refs, &refs, refs + 1, memory_order_relaxed,
                                                  memory_order_relaxed)) {
    }
    return refs != 0;
}

// Nobody has a reference. An object that is being resized may still find the areas, and passes over
// them; what it has given up lasts as long as an entry here holds it.
static void destroy(struct aspace *as) NO_TSA
{
    tlb_leave(as);
    table_free(as);
    for (struct area *area = area_first(&as->areas), *next; area != NULL; area = next) {
        next = area->next;
        space_area_free(area);
    }
    space_area_free_spare(as);
    debug_assert(as->present_pages == 0 && as->tables == 0);
    objcache_free(&aspaces, as);
}

void aspace_put(struct aspace *as)
{
    // release and acquire: what others did to the space is over before it goes.
    if (atomic_fetch_sub_explicit(&as->refs, 1, memory_order_acq_rel) == 1) {
        destroy(as);
    }
}

void aspace_set_limits(struct aspace *as, uint64_t bytes, uint64_t data_bytes)
{
    mutex_lock(&as->lock);
    as->limit_bytes = bytes;
    as->limit_data = data_bytes;
    mutex_unlock(&as->lock);
}

bool aspace_next_area(struct aspace *as, uint64_t *position, struct area_info *info)
{
    mutex_lock(&as->lock);
    const struct area *area = area_find(&as->areas, *position);

    if (area != NULL) {
        *info = (struct area_info){.start = area->start,
                                   .end = area->end,
                                   .prot = area->prot,
                                   .shared = area->shared,
                                   .offset = area->offset,
                                   .name = area->name};
        *position = area->end;
    }
    mutex_unlock(&as->lock);
    return area != NULL;
}

struct aspace_usage aspace_usage(struct aspace *as)
{
    mutex_lock(&as->lock);
    struct aspace_usage usage = {as->mapped_pages, as->present_pages, as->tables};

    mutex_unlock(&as->lock);
    return usage;
}
