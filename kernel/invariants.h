// SPDX-License-Identifier: MIT
// kernel/invariants.h - what must be true of all threads and queues at every moment.
#pragma once

// Stop scheduling for as long as it takes to look at every thread; print each violation.
// Returns: how many there are. Context: thread, no locks. Cost: O(threads), run queue lock held.
unsigned invariants_check(void);
