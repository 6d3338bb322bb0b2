// SPDX-License-Identifier: MIT
// kernel/proc/alarm.h - timers of programs, which send a signal when they go off, once or again and
// again.
//
// A timer interrupt may not take the locks that signals need: it leaves the alarm in a list of
// those that are due, and a thread of the kernel does the rest. That thread also sets an alarm with
// an interval anew, so that one with an interval of nothing keeps that thread busy but no hart's
// interrupts. A program that was interrupted does it on its way back if it need not give its hart
// to anybody: under `fifo`, or with a real-time priority.
#pragma once

#include <stdatomic.h>

#include "kernel/base/annot.h"
#include "kernel/base/compiler.h"
#include "kernel/timer.h"

struct alarm;
struct process;

struct alarm_ops {
    // Keep the alarm and its process until put(). Context: timer interrupt.
    void (*get)(struct alarm *alarm);
    // Let it go. Context: thread, no locks.
    void (*put)(struct alarm *alarm);
    // It has gone off `times` times since the last call. Context: process->lock is held.
    void (*send)(struct alarm *alarm, uint64_t times);
};

struct alarm {
    struct timer timer; // guarded by: process->lock, as the next three
    uint64_t deadline;  // in ticks; of the next, or the last, time
    uint64_t interval_ticks;
    bool set;                // and, if it goes off once only, has not been sent
    struct process *process; // constant
    const struct alarm_ops *ops;
    _Atomic(struct alarm *) next; // in the list of those that are due; NULL: not in it
};

// What an alarm is set to, in ticks.
struct alarm_setting {
    uint64_t deadline; // TIME_NEVER: not at all
    uint64_t interval; // 0: once
};

// Start the thread that sends the signals. Returns: 0 or -errno. Context: boot, as a thread.
NODISCARD int alarm_init(void);

// Those that have gone off, and the end of that list: for the next two only.
extern _Atomic(struct alarm *) alarms_due;
extern struct alarm alarms_end;
void alarm_send_all_due(void);

// Send what has gone off. Context: thread, no locks.
static inline void alarm_send_due(void)
{
    // relaxed: one that comes now is its sender's too.
    if (unlikely(atomic_load_explicit(&alarms_due, memory_order_relaxed) != &alarms_end)) {
        alarm_send_all_due();
    }
}

// Make `alarm` one of the process `p`, not set.
void alarm_new(struct alarm *alarm, struct process *p, const struct alarm_ops *ops);

// Set it; what it has gone off for and not sent yet it does not send any more.
// Context: process->lock is held.
void alarm_set(struct alarm *alarm, struct alarm_setting setting);

// Returns: what it is set to; a deadline in the past: it has just gone off.
// Context: process->lock is held.
NODISCARD struct alarm_setting alarm_setting(const struct alarm *alarm);
