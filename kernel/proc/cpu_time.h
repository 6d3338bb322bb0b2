// SPDX-License-Identifier: MIT
// kernel/proc/cpu_time.h - for how long threads and processes have run. All of it counts as the
// program's own: time in the kernel is not kept apart.
#pragma once

#include "kernel/proc/process.h"

// Context: thread, no locks of rank RANK_PROCESS or above.
uint64_t thread_run_ns(struct thread *t);
uint64_t process_run_ns(struct process *p);
uint64_t process_run_ns_locked(struct process *p) REQUIRES(p->lock);
uint64_t process_children_run_ns(struct process *p); // those that have been waited for
