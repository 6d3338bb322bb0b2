// SPDX-License-Identifier: MIT
// mm/kstack.h - kernel stacks, each above an unmapped guard; kept for reuse when freed.
//
// Size:        8 KiB, so that 10 000 threads fit in 128 MiB; 16 KiB in debug builds, whose checks
//              make frames larger. The guard is the rest of the slot.
// Slot:        KSTACK_STRIDE bytes, aligned to that: the guard, then the stack. A stack is named by
//              its top, one past its last byte; so the guard of the next slot follows it.
// Lock order:  RANK_STACKS; RANK_FRAMES is taken under it (page tables and stack frames). It is not
//              held while harts fence; RANK_MORE_STACKS, before it, is by who maps stacks.
// Cost:        a lock pair and about ten instructions while freed stacks are kept. Else
//              KSTACK_BATCH stacks are mapped at once, fewer as long as there are not so many, or
//              an eighth of what there is if that is more, up to 256, and all harts fence once for
//              them.
// Debug:       a double free, and a write to the top word of a free stack, panic.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "mm/regions.h"

#define KSTACK_SIZE   (CONFIG_DEBUG ? KIB(16) : KIB(8))
#define KSTACK_STRIDE KIB(32)

enum { KSTACK_BATCH = 8, KSTACK_FIRST_BATCH = 2 };

// Take a stack; its contents are undefined. The last one freed comes first.
// Returns: 0 and the stack's top, 16-byte aligned; -ENOMEM.
// Context: any, holding nothing above RANK_MORE_STACKS; may wait, in the firmware, until harts
// fence.
NODISCARD int kstack_alloc(void **top);

// Give back a stack on which nobody runs any more. It stays mapped.
// Context: any, holding nothing above RANK_STACKS.
void kstack_free(void *top);

// Unmap every free stack; once all harts have fenced, give the frames back, tables included.
// Returns: how many stacks there were. Context: thread, interrupts on, no lock held.
size_t kstack_shrink(void);

// The same, but only by sixteen at a time, and not below as many free ones as kstack_alloc() would
// map at once: where threads come and go while memory is short, each fence serves many.
size_t kstack_shrink_surplus(void);

// How many stacks are mapped, in use or free; how many of them are free. Context: any.
size_t kstack_mapped(void);
size_t kstack_cached(void);

// Fill the stack with a pattern, whose remains show how much was used; nobody runs on it yet.
void kstack_paint(void *top);

// The most bytes of a painted stack that have been in use at a time, as far as they were written.
// Context: any; whoever runs on it may go on, and be a little ahead.
size_t kstack_used(const void *top);

// The lowest byte of the stack with this top: sp may be equal, not below.
static inline void *kstack_limit(void *top)
{
    return (char *)top - KSTACK_SIZE;
}

// Is `va` in the guard of some stack? For the message of a fault. Context: any.
static inline bool kstack_is_guard(uint64_t va)
{
    return va - KSTACK_BASE < KSTACK_BYTES && va % KSTACK_STRIDE < KSTACK_STRIDE - KSTACK_SIZE;
}
