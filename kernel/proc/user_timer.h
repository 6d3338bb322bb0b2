// SPDX-License-Identifier: MIT
// kernel/proc/user_timer.h - the timers that a process makes with timer_create().
#pragma once

#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"

// The process ends or executes another program: it has no timers any more. Context: thread.
void user_timers_drop(struct process *p);

// A signal of one of its timers is taken: timer_getoverrun() tells how often it went unheard.
void user_timer_heard(struct process *p, const struct signal_info *info) REQUIRES(p->lock);
