// SPDX-License-Identifier: MIT
// kernel/proc/urgency.h - how urgent a thread is: one order over nice values and real-time
// priorities, for whoever inherits it.
#pragma once

#include "kernel/proc/process.h"

enum {
    NICE_MIN = -20,
    NICE_MAX = 19,
    URGENCY_REALTIME = 100, // and the priority: 101..199; nice values are below: 1..40
};

// The nice value nearest to `nice`.
int nice_clamp(int nice);

// What `user` is now: its own urgency, or that which it inherits if it is more.
int urgency_of(const struct user_thread *user);

// One of the two has changed: tell the scheduler. Context: thread; the caller serialises.
void urgency_apply(struct user_thread *user);

// `user`, which nobody knows yet, begins with what `from` has, as far as that is inherited.
void urgency_fork(struct user_thread *user, const struct user_thread *from);
