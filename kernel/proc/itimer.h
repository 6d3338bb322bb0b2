// SPDX-License-Identifier: MIT
// kernel/proc/itimer.h - the interval timer of a process: alarm() and setitimer(ITIMER_REAL).
#pragma once

#include "kernel/proc/process.h"

// Start the thread that sends the signals: a timer interrupt may not.
// Returns: 0 or -errno. Context: boot, as a thread.
NODISCARD int itimer_init(void);

// The process ends: its timer never goes off again. Context: thread.
void itimer_cancel(struct process *p);
