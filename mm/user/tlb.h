// SPDX-License-Identifier: MIT
// mm/user/tlb.h - what harts remember of address spaces: which has which loaded, ASIDs, fences.
//
// Each hart says which space it has in satp. Whoever makes an entry say less, or something else,
// fences the harts that have the space now, through the firmware; any other hart that ever had it
// under its ASID gets a stale bit, and fences by itself when it next loads the space.
//
//   who changes an entry (as->lock)             hart that loads the space (interrupts off)
//   store the entry                             seen |= me; loading = as
//   fence_full()                                fence_full()
//   stale |= seen                               stale & me? clear it, fence this ASID
//   fence_full()                                write satp
//   fence the harts with loading or loaded      loaded = as; loading = NULL
//
// At least one sees the other: the hart the stale bit, or the changer the hart. It looks at loading
// first: a hart that is past it has the space in loaded, or has left it. It takes back only stale
// bits that it has set itself: an older one may ask for more than this fence.
//
// An ASID belongs to a space until all have been given out once: then a new generation begins, and
// every hart forgets all translations before it loads a space under an ASID of that generation. A
// space may stay loaded under its old ASID meanwhile, so remote fences name no ASID.
// Where harts have no ASIDs, all spaces have 0, as the kernel's table, and every load fences.
//
// An entry that becomes valid needs no fence: a hart that still remembers it as invalid faults, and
// space_fault_locked(), which finds it valid, fences that hart.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

struct aspace;

// Find out how many ASIDs there are. Context: boot, before other harts start.
void tlb_init(void);

// Use no more than so many ASIDs; see tlb_limit_asids(). Context: the same.
void tlb_at_most(uint64_t asids);

// Use only `asids` from now on, from 1 up; 0: none but ASID 0. Returns: how many there were.
// Context: no user space is in use; for tests.
unsigned tlb_limit_asids(unsigned asids);

// No hart may use what it remembers of [va, va + bytes), from when this returns on.
// Context: as->lock held, or nobody else knows of the space; interrupts on, no spinlock held.
void tlb_flush(struct aspace *as, uint64_t va, uint64_t bytes);

// The entry for `va` lets this hart do more than it may remember, or as much: it is to look again.
// Context: thread.
void tlb_flush_here(uint64_t va);

// What was stored in memory is to be executed through `as`, by any hart: it is to see that.
// Context: as tlb_flush().
void tlb_flush_code(struct aspace *as);

// `to`, which no hart has loaded yet, gets pages of `from`: a hart that has yet to fence for what
// was stored in them does so before it executes them in `to`, too. Context: both spaces' locks
// held.
void tlb_fork(struct aspace *to, const struct aspace *from);

// Have no hart keep `as` loaded, which no thread uses any more. Context: thread, interrupts on.
void tlb_leave(struct aspace *as);
