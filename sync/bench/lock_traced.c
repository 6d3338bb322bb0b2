// SPDX-License-Identifier: MIT
// sync/bench/lock_traced.c - the loops of lock_loops.c once more, with the time of each step.
//
// They are apart because reading a clock and writing it down cost something: the plain loop has the
// price of a lock, these have how it is spread and in which order harts are served. What they add
// between unlock and the next lock is one line written; inside, three reads of the cycle counter.
// Who arrived first is not told by clocks, since one hart's may be ahead of another's, but by
// MODEL_ORDER, read in the same block as the atomic that decides: no other hart runs in between.

struct spin_node;
static inline void lock_arrived(struct spin_node *node);
#define SPIN_ARRIVED(me) lock_arrived(me) // before the algorithms are included

#include "kernel/base/compiler.h"
#include "kernel/riscv/model.h"
#include "kernel/riscv/time.h"
#include "sync/bench/lock_turn.h"

static inline void lock_arrived(struct spin_node *node)
{
    container_of(node, struct lock_hart, node)->arrived = model_counter(MODEL_ORDER);
}

// Out of line, as what follows: seven loops are to be small, and have no price.
static NOINLINE struct turn work(struct lock_sample *s, unsigned who)
{
    return critical_section(s, who);
}

// Write the turn down. Only a lock that does not exclude numbers two turns alike, and what is
// written then is worth nothing.
static NOINLINE void finish(struct lock_sample *s, struct lock_hart *me, const struct turn *t,
                            const struct lock_stamp *stamp)
{
    account(s, me, *t);
    if (likely(t->total <= LOCK_LOG_MAX)) {
        struct lock_stamp *entry = &s->log[t->total - 1];

        *entry = *stamp;
        entry->arrived = me->arrived;
        entry->who = me->who;
    }
}

#define SPIN(name)                                                                                 \
    void lock_traced_##name(struct lock_sample *s, struct lock_hart *me, unsigned turns)           \
    {                                                                                              \
        for (; turns > 0 && !lock_sample_stopped(s); turns--) {                                    \
            struct lock_stamp stamp = {.begun = read_cycle()};                                     \
            name##_lock(&s->lock.name, &me->node);                                                 \
            stamp.owned = read_cycle();                                                            \
            struct turn t = work(s, me->who);                                                      \
            stamp.left = read_cycle();                                                             \
            name##_unlock(&s->lock.name, &me->node);                                               \
            finish(s, me, &t, &stamp);                                                             \
            spin_iterations(s->think);                                                             \
        }                                                                                          \
    }
#include "sync/spin/all.def"
#include "sync/spin/controls.def"
#undef SPIN
