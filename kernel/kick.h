// SPDX-License-Identifier: MIT
// kernel/kick.h - which harts idle, and telling one that something waits for it.
//
// Idle against waker, so that no hart sleeps while something waits that it may run:
//
//   idle hart                                  waker
//   idle |= me             (store)             enqueue under the lock          (store)
//   fence_full()                               fence_full()
//   look at the queues     (load)              look at idle                    (load)
//   nothing? wfi                               somebody? clear the bit, send one IPI
//
// At least one of the two sees the other's store. The waker that clears a bit is the only one to
// interrupt that hart for it.
//
// A quantum timer runs only while somebody waits: dispatch arms it when it leaves something
// waiting, and whoever enqueues and finds no hart idle interrupts each busy hart that serves the
// queue and is not armed. Both happen under that queue's lock, which therefore orders the two. A
// timer that is no longer needed is left to expire: it comes at most once a quantum, and finds
// nothing to do.
#pragma once

#include "kernel/base/types.h"
#include "kernel/riscv/fence.h"
#include "kernel/thread.h"

// Bits by cpu. idle: looks for work or waits for an interrupt; set by the hart itself, cleared by
// it or by its waker; relaxed, the fences above order it. unarmed: busy, and no quantum timer runs;
// a bit may outlast its reason. Written under the hart's run queue lock, so relaxed too.
struct hart_masks {
    _Atomic uint64_t idle;
    _Atomic uint64_t unarmed;
};
extern struct hart_masks hart_masks;

// The harts that idle. A hint: a hart may come or go at any time.
static inline uint64_t kick_idle_mask(void)
{
    return atomic_load_explicit(&hart_masks.idle, memory_order_relaxed);
}

struct processor;

// kick() once there may be somebody to tell.
void kick_slow(const struct thread *t);

// `t` has just been enqueued, or waits where more harts may take it than before: see that one that
// idles and may run it comes, or that it gets its turn. Context: t->rq's lock held.
static ALWAYS_INLINE void kick(const struct thread *t)
{
    fence_full(); // pairs with the one in idle_wait()
    // relaxed, relaxed: see the top of the file.
    uint64_t harts = atomic_load_explicit(&hart_masks.idle, memory_order_relaxed) |
                     atomic_load_explicit(&hart_masks.unarmed, memory_order_relaxed);

    if ((harts & t->affinity) != 0) {
        kick_slow(t);
    }
}

// `t` has just been enqueued, and the policy can compare: if no hart idles that may run it, have
// the one ask its policy that runs the least urgent thread, if `t` is more urgent than that.
// Context: t->rq's lock held.
void kick_outranked(const struct thread *t);

// This hart has something to run, and leaves something waiting that it may have been the only one
// to be told of, for itself or, if `elsewhere`, for another hart: tell one that may run it. Looks
// at every hart if `elsewhere`. Context: p->rq's lock held.
void kick_pass_on(struct processor *p, bool elsewhere);

// This hart idles, or does so no longer. Context: interrupts off.
void kick_set_idle(const struct processor *p);
void kick_clear_idle(const struct processor *p);
