// SPDX-License-Identifier: MIT
// sync/spin/null.h - takes no lock, admits everybody: the baseline that prices a bench's harness.
//
// Limits:     as the kernel's own lock it is right on one hart only, where masked interrupts are
//             exclusion enough; the boot refuses it on more.
#pragma once

#include <stdbool.h>

#include "sync/spin/node.h"

enum { null_uses_node = 0 };

struct null {
    char unused; // C has no empty structures
};

static inline void null_lock(struct null *l, struct spin_node *me)
{
    (void)l;
    (void)me;
    compiler_barrier();
}

static inline bool null_trylock(struct null *l, struct spin_node *me)
{
    null_lock(l, me);
    return true;
}

static inline void null_unlock(struct null *l, struct spin_node *me)
{
    null_lock(l, me);
}
