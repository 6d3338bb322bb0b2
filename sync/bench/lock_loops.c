// SPDX-License-Identifier: MIT
// sync/bench/lock_loops.c - the measured loops of `bench locks`, one set per algorithm.
//
// The baseline is null, which runs the same code without a lock: what it costs is the harness, the
// two work loops and the checker. It admits everybody, so the checker's findings there only say
// that harts did meet.
#include "sync/bench/lock_loops.h"

#include "kernel/bench.h"
#include "sync/bench/lock_turn.h"

void lock_sample_stop(struct lock_sample *s)
{
    // relaxed: `end` is read after its writer has been joined.
    if (atomic_exchange_explicit(&s->stop, 1, memory_order_relaxed) == 0) {
        s->end = bench_now();
        if (s->region != 0) {
            bench_region_end();
        }
    }
}

#define SPIN(name)                                                                                 \
    static void turns_##name(struct lock_sample *s, struct lock_hart *me, unsigned turns)          \
    {                                                                                              \
        for (; turns > 0 && !lock_sample_stopped(s); turns--) {                                    \
            name##_lock(&s->lock.name, &me->node);                                                 \
            struct turn t = critical_section(s, me->who);                                          \
            name##_unlock(&s->lock.name, &me->node);                                               \
            account(s, me, t);                                                                     \
            spin_iterations(s->think);                                                             \
        }                                                                                          \
    }                                                                                              \
                                                                                                   \
    static unsigned probe_##name(union any_lock *l)                                                \
    {                                                                                              \
        struct spin_node first = {};                                                               \
        struct spin_node second = {};                                                              \
        unsigned admitted = 0;                                                                     \
                                                                                                   \
        for (unsigned probe = 0; probe < LOCK_PROBES; probe++) {                                   \
            name##_lock(&l->name, &first);                                                         \
            if (name##_trylock(&l->name, &second)) {                                               \
                admitted++;                                                                        \
                name##_unlock(&l->name, &second);                                                  \
            }                                                                                      \
            name##_unlock(&l->name, &first);                                                       \
        }                                                                                          \
        return admitted;                                                                           \
    }
#include "sync/spin/all.def"
#include "sync/spin/controls.def"
#undef SPIN

const struct lock_case lock_cases[] = {
#define SPIN(name) {#name, turns_##name, lock_traced_##name, probe_##name, true},
#include "sync/spin/all.def"
#undef SPIN
#define SPIN(name) {#name, turns_##name, lock_traced_##name, probe_##name, false},
#include "sync/spin/controls.def"
#undef SPIN
    {},
};

bool lock_case_excludes(const struct lock_case *c)
{
    return c->turns != turns_null;
}
