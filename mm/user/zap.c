// SPDX-License-Identifier: MIT
// mm/user/zap.c - unmapping what an object has given up, in one of the spaces that map it.
#include "kernel/base/bits.h"
#include "mm/user/page.h"
#include "mm/user/space.h"
#include "mm/user/table.h"
#include "mm/user/tlb.h"

// Drop the page at `va` if it is `only`.
static void zap_one(struct aspace *as, uint64_t va, const void *only) REQUIRES(as->lock)
{
    const pt_entry_t *entry = table_entry(as, va);

    if (entry != NULL && entry_load(entry) != 0 && entry_page(entry_load(entry)) == only) {
        table_zap(as, va, va + PAGE_SIZE);
    }
}

static void zap_area(struct aspace *as, const struct area *area, uint64_t first, uint64_t end,
                     const void *only) REQUIRES(as->lock)
{
    uint64_t from = area->offset >> PAGE_SHIFT; // the object's pages that the area has
    uint64_t to = from + area_pages(area);

    from = max_u64(from, first);
    to = min_u64(to, end);
    if (from >= to) {
        return;
    }
    uint64_t start = area->start + (from << PAGE_SHIFT) - area->offset;

    if (only != NULL) {
        zap_one(as, start, only); // of one page
    } else {
        table_zap(as, start, start + ((to - from) << PAGE_SHIFT));
    }
}

void space_zap_object(struct aspace *as, const struct vmo *vmo, uint64_t first, uint64_t end,
                      const void *only)
{
    mutex_lock(&as->lock);
    for (const struct area *area = area_first(&as->areas); area != NULL; area = area->next) {
        if (area->vmo == vmo) {
            zap_area(as, area, first, end, only);
        }
    }
    mutex_unlock(&as->lock);
}
