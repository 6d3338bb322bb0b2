// SPDX-License-Identifier: MIT
// kernel/pool.h - the thread pool: which thread has which tid.
//
// tid = generation << POOL_SLOT_BITS | slot. A freed slot goes to the end of a FIFO free list and
// its generation is raised, so a tid stays unused for as long as possible.
// Cost: every operation but pool_next() and pool_visit() is O(1). Slots are added a page at a time
// and kept.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/thread.h"

enum {
    POOL_SLOT_BITS = 17,
    POOL_SLOTS = 1 << POOL_SLOT_BITS,
    POOL_TID_BITS = 30,
};

// Give `t` a tid, t->tid; from here on pool_get() finds it. Returns: 0; -EAGAIN; -ENOMEM.
NODISCARD int pool_insert(struct thread *t);

// Free `t`'s tid, and keep `t`, which nobody refers to any more, with its stack for pool_reuse().
void pool_retire(struct thread *t);

// The thread that retired last; NULL if there is none. Its stack is still its own.
struct thread *pool_reuse(void);

// The thread `tid` with a reference added, or NULL. pool_next(): the first at or after *slot, which
// is advanced past it.
struct thread *pool_get(tid_t tid);
struct thread *pool_next(unsigned *slot);

// Call visit(t, arg) for every thread, with the pool's lock held: nobody comes or goes meanwhile.
void pool_visit(void (*visit)(struct thread *t, void *arg), void *arg);

// `a` gets the tid of `b`, and `b` that of `a`. Context: nobody uses either tid for anything that
// the other thread could not do instead.
void pool_exchange(struct thread *a, struct thread *b);

// How many frames the slots take.
size_t pool_frames(void);

// How many threads have a tid.
unsigned pool_count(void);
