// SPDX-License-Identifier: MIT
// mm/user/peek.c - looking at an address space from outside.
#include "kernel/base/bits.h"
#include "kernel/base/string.h"
#include "mm/user/space.h"
#include "mm/user/table.h"

size_t aspace_peek(struct aspace *as, uint64_t va, void *to, size_t bytes)
{
    size_t done = 0;

    mutex_lock(&as->lock);
    while (done < bytes && va < USER_END) {
        const pt_entry_t *entry = table_entry(as, va);
        uint64_t value = entry != NULL ? entry_load(entry) : 0;
        uint64_t offset = va & (PAGE_SIZE - 1);
        size_t piece = min_u64(bytes - done, PAGE_SIZE - offset);

        if ((value & PTE_V) == 0) {
            break;
        }
        memcpy((char *)to + done, (const char *)entry_page(value) + offset, piece);
        done += piece;
        va += piece;
    }
    mutex_unlock(&as->lock);
    return done;
}
