// SPDX-License-Identifier: MIT
// sched/workload/workload.h - a workload: threads that do something together, what each of them got
// of the harts, and whether that is what a policy with priorities, or a fair one, should give.
//
// Times are the usual ones of scheduling: turnaround is from spawn to end, response from spawn to
// the first instruction, run what the thread spent on a hart, wait the turnaround less run and
// less the time for which it asked to sleep.
// Source:  Arpaci-Dusseau & Arpaci-Dusseau, Operating Systems: Three Easy Pieces, "Scheduling".
#pragma once

#include "kernel/thread.h"

enum { WORKERS_MAX = 32, WORK_MILLI = 1000 };

struct worker {
    unsigned number; // from 0
    int priority;    // 0: the default
    tid_t tid;
    uint64_t start_ns; // of the workload, the same for all
    uint64_t spawned_ns;
    uint64_t began_ns;
    uint64_t ended_ns;
    uint64_t slept_ns; // that it asked for
    uint64_t run_ns;
    uint64_t result; // for the workload's own check
};

struct workload {
    const char *name;
    unsigned threads;
    int priority_first; // of thread 0, in steps to the next; 0: all have the default
    int priority_step;
    void (*body)(struct worker *w);
    // Say what was found of `count` workers that are all done, and whether it is as it should be.
    bool (*holds)(const struct worker workers[], unsigned count);
};

extern const struct workload workload_stride;
extern const struct workload workload_priority;
extern const struct workload workload_matrix;
extern const struct workload workload_sleepers;
extern const struct workload workload_lab4;

// For bodies: how long the calling thread has run; `quanta` after the workload's start, in ns; and
// computing until then.
uint64_t work_run_ns(void);
uint64_t work_time_ns(const struct worker *w, unsigned quanta);
void work_until(uint64_t end_ns);

// For checks: the largest share by the smallest, in thousandths, said with `what` it is, and
// whether it is below 1.5, the bound of the course's test of stride scheduling.
bool work_is_even(const char *what, const uint64_t shares[], unsigned count);
