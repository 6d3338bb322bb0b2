// SPDX-License-Identifier: MIT
// tools/model/clock.h - the guest's time, made of the harts' clocks; one cycle is one nanosecond.
//
// QEMU asks what time it is, for the guest's `time` and for its timers. It is told what was
// published last. Time never passes a timer's deadline without that timer having run, so QEMU's
// main loop, which looks at timers when the host gets to it, never finds one that is due.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_NEVER UINT64_MAX

// The time, in nanoseconds, as QEMU is told. Context: any thread.
int64_t clock_now(void);

// Let the time be `cycles`, if that is later than it was. The caller has made sure that no timer
// is due before. Context: the harts' thread.
void clock_publish(uint64_t cycles);

// When the next timer is due; CLOCK_NEVER if none is.
uint64_t clock_deadline(void);

// Is the time asked for by clock_deadline() itself? Then it may not be published anew.
bool clock_is_asked_for_deadline(void);

// A timer may have been set or deleted: look again.
void clock_timers_changed(void);

// Let the time be the deadline and run what is due. Context: the harts' thread, BQL not held.
void clock_run_timers(void);

// What clock_now() returns to the thread of the harts between bursts: later than anything. The only
// one who asks there is QEMU's loop, to set the timer with which it would take turns by itself.
#define CLOCK_FAR (INT64_MAX / 4)
