// SPDX-License-Identifier: MIT
// kernel/proc/itimer.h - the interval timer of a process: alarm() and setitimer(ITIMER_REAL).
#pragma once

#include "kernel/proc/process.h"

// Make the timer of a new process, not set.
void itimer_new(struct process *p);

// The process ends: its timer never goes off again. Context: thread.
void itimer_cancel(struct process *p);
