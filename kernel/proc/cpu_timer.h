// SPDX-License-Identifier: MIT
// kernel/proc/cpu_timer.h - the interval timers of a process that go by the time it runs:
// ITIMER_VIRTUAL and ITIMER_PROF. All of that time counts as the program's own, so the two differ
// in their signals only.
#pragma once

#include "kernel/proc/process.h"

// What an interval timer is set to.
struct itimer_setting {
    uint64_t value_ns;    // until it goes off; 0: not at all
    uint64_t interval_ns; // from then on; 0: once
};

// Returns: what the timer `which` of `p` is set to. Context: thread, no locks.
struct itimer_setting cpu_timer_setting(struct process *p, int which);

// Set it; what it was is in *before. Returns: 0; -ENOMEM. Context: thread, no locks.
NODISCARD int cpu_timer_exchange(struct process *p, int which, struct itimer_setting wanted,
                                 struct itimer_setting *before);

// The process ends: none goes off any more. Context: its last thread, no locks.
void cpu_timers_stop(struct process *p);

static inline void cpu_timers_cancel(struct process *p)
{
    if (p->cpu_timers != NULL) { // nobody is left to make them
        cpu_timers_stop(p);
    }
}

// Free what cpu_timer_exchange() made. Context: nobody has the process any more.
void cpu_timers_free(struct cpu_timers *timers);
