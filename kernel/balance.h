// SPDX-License-Identifier: MIT
// kernel/balance.h - taking over threads that wait for another hart.
//
// A hart that has nothing to run looks for a thread that waits elsewhere and may run here, before
// it sleeps; who enqueues one that an idle hart may run tells such a hart (kernel/kick.h). So, in
// every topology, no hart sleeps while a thread waits that it may run, but for the time that an
// interprocessor interrupt takes. With `perhart`, busy harts even out the numbers that wait every
// BALANCE_NS, too.
// Cost: idle harts look at every hart; what is moved in one step is bounded.
#pragma once

#include "kernel/base/types.h"

struct processor;

// This hart idles: bring over something that waits for another one. Returns: whether it did.
// Context: interrupts off, no locks.
bool balance_idle(struct processor *p);

// This hart, which idled, has something to run: have it look at the others' loads now and then.
// Context: interrupts off, no lock of rank RANK_TIMER or above held.
void balance_start(struct processor *p);
