// SPDX-License-Identifier: MIT
// kernel/watchdog.h - notices a hart that is stuck with interrupts off, and a lock that is held on.
//
// Both report once and change nothing: who waits goes on waiting. Neither trusts the clock, since a
// host that runs the harts as threads may pause one of them for as long as it likes:
//   lock   a hart that waits for a spinlock counts its own turns (cpu_relax());
//   hart   each hart's watchdog timer ticks, every WATCHDOG_TICK_NS; at each of its own ticks a
//          hart looks whether the next hart has taken any interrupt since the last one. It counts
//          those at which there was none.
// Limits:     a hart whose checker is stuck too, or alone, is not seen; nor is a loop with
//             interrupts on, nor a deadlock of sleeping threads. The console's own lock is not
//             reported, since reporting takes it.
// Cost:       nothing while off. While on, a tick a hart, idle or not; nothing in any hot path.
#pragma once

#include "kernel/base/types.h"

#define WATCHDOG_TICK_NS UINT64_C(1000000000)

// One of watchdog=N: so many ticks, or so many of these turns. Less than a second's, each.
#define WATCHDOG_SPINS UINT64_C(10000000)

enum watchdog_kind { WATCHDOG_LOCK, WATCHDOG_HART, WATCHDOG_KINDS };

// How many reports of a kind there have been.
unsigned watchdog_reports(enum watchdog_kind kind);

// Watch for what lasts `bound` of the two units; 0: nothing. Context: boot, before other harts run.
void watchdog_init(uint64_t bound);

// This hart watches the next one, and is watched, from now on. Context: boot, interrupts off.
void watchdog_start(void);
