// SPDX-License-Identifier: MIT
// kernel/quantum.c - the timer that ends a thread's turn.
#include "kernel/quantum.h"

static bool is_unarmed(const struct processor *p)
{
    uint64_t mask = atomic_load_explicit(&hart_masks.unarmed, memory_order_relaxed);

    return (mask & bit(p->hart.cpu)) != 0;
}

void quantum_arm(struct processor *p, const struct thread *t)
{
    if (is_unarmed(p)) {
        // relaxed: under the lock.
        (void)atomic_fetch_and_explicit(&hart_masks.unarmed, ~bit(p->hart.cpu),
                                        memory_order_relaxed);
    }
    timer_program(p, quantum_end(t));
}

void quantum_arm_late(struct processor *p, const struct thread *t)
{
    if (runq_policy.should_preempt == NULL) {
        return;
    }
    if (runq_waiting(p)) {
        quantum_arm(p, t);
    } else if (!is_unarmed(p)) {
        // relaxed: under the lock.
        (void)atomic_fetch_or_explicit(&hart_masks.unarmed, bit(p->hart.cpu), memory_order_relaxed);
    }
}
