// SPDX-License-Identifier: MIT
// mm/user/copy_page.h - reaching a byte of a program through the linear map: for copies, and for
// calls that copy in line, since they are made so often that a call would cost as much.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/riscv/irq.h"
#include "mm/user/copy.h"
#include "mm/user/space.h"
#include "mm/user/table.h"
#include "sync/block/mutex_inline.h"

// Does `entry` let the program itself access `va` so? Then *at is where that is in the linear map.
static ALWAYS_INLINE bool copy_through_entry(const pt_entry_t *entry, uva_t va,
                                             enum fault_access access, char **at)
{
    uint64_t needed = PTE_V | PTE_U | (access == FAULT_STORE ? PTE_W : PTE_R);
    uint64_t value = entry_load(entry);

    *at = (char *)entry_page(value) + (va & (PAGE_SIZE - 1));
    return likely((value & needed) == needed);
}

// The same of the entry that there is. Returns: false also if the page is not there yet.
static ALWAYS_INLINE bool copy_reach_at_once(struct aspace *as, uva_t va, enum fault_access access,
                                             char **at) REQUIRES(as->lock)
{
    const pt_entry_t *entry = table_entry(as, va);

    return entry != NULL && copy_through_entry(entry, va, access, at);
}

// The same, the page being faulted in. Returns: 0 or -EFAULT.
NODISCARD int copy_reach(struct aspace *as, uva_t va, enum fault_access access, char **at)
    REQUIRES(as->lock);

// With the space locked: is the entry of `va` found at once, and as in copy_through_entry()?
static ALWAYS_INLINE bool copy_find_at_once(struct aspace *as, uva_t va, enum fault_access access,
                                            char **at) REQUIRES(as->lock)
{
    pt_entry_t *entry;

    return table_entry_at_once(as, va, &entry) && copy_through_entry(entry, va, access, at);
}

// The same in the page that table_note_again() has noted.
static ALWAYS_INLINE bool copy_find_again(struct aspace *as, uva_t va, enum fault_access access,
                                          char **at) REQUIRES(as->lock)
{
    pt_entry_t *entry;

    return table_entry_again(as, va, &entry) && copy_through_entry(entry, va, access, at);
}

// Somebody waits. Returns: `result`.
size_t copy_unlock_slow(struct aspace *as, size_t result) RELEASES(as->lock);

// Release the lock. Returns: `result`, for a call in the place of a return.
static ALWAYS_INLINE size_t copy_unlock(struct aspace *as, size_t result) NO_TSA
{
    return mutex_unlock_inline(&as->lock) ? result : copy_unlock_slow(as, result);
}

// ---- With interrupts off ------------------------------------------------------------------------

// Are the `bytes` bytes at `at`, at least one, in one page?
static inline bool copy_is_in_page(uva_t at, size_t bytes)
{
    return (at & (PAGE_SIZE - 1)) + bytes <= PAGE_SIZE;
}

// Take the lock, if that needs no waiting, interrupts being off from then on.
static ALWAYS_INLINE bool copy_enter(struct aspace *as) NO_TSA
{
    irq_disable();
    if (mutex_trylock_inline(&as->lock)) {
        return true;
    }
    irq_enable();
    return false;
}

// Undo copy_enter(); the latter if somebody waits. Returns: `result`, as copy_unlock().
size_t copy_leave_slow(struct aspace *as, size_t result) RELEASES(as->lock);
static ALWAYS_INLINE size_t copy_leave(struct aspace *as, size_t result) NO_TSA
{
    if (!mutex_unlock_inline(&as->lock)) {
        return copy_leave_slow(as, result);
    }
    irq_enable();
    return result;
}
