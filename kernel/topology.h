// SPDX-License-Identifier: MIT
// kernel/topology.h - which run queue a thread waits in; the boot option `queues=`.
//
//   global   one queue for all harts
//   perhart  one for each; a thread that wakes goes to an idle hart, and harts even out their loads
//   steal    one for each; a thread stays where it ran last, and harts that idle take from others
#pragma once

#include "kernel/base/annot.h"
#include "kernel/bootargs.h"
#include "kernel/thread.h"

enum queues {
    QUEUES_GLOBAL,
    QUEUES_PERHART,
    QUEUES_STEAL,
};

// Constant after topology_init().
struct topology {
    enum queues queues;
    bool random_victim; // an idle hart takes from any other, else from the longest queue
    bool take_half;     // and half of what it may take, else one
};
extern struct topology topology;

// Give each hart its run queue, as the boot options say.
// Returns: 0; -EINVAL, with a message printed, if one has a value that is not allowed.
// Context: boot, after processors_init() and before any thread.
NODISCARD int topology_init(const struct bootargs *args);

// Choose the hart that `t`, which becomes Ready and is in no queue, is to wait for: t->state.cpu.
// Returns: that hart's run queue, which `t` may not belong to yet.
// Context: interrupts off, t->rq's lock held.
struct runq *topology_place(struct thread *t);

// Is none of the harts in `idle` better than the one that `t` ran on last?
static inline bool topology_may_stay(const struct thread *t, uint64_t idle)
{
    return idle == 0 || (idle >> t->state.cpu & 1) != 0;
}
