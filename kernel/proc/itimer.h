// SPDX-License-Identifier: MIT
// kernel/proc/itimer.h - the interval timer of a process: alarm() and setitimer(ITIMER_REAL).
#pragma once

#include "kernel/proc/process.h"

// The process ends: its timer never goes off again. Context: thread.
void itimer_cancel(struct process *p);
