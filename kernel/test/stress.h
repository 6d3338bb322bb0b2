// SPDX-License-Identifier: MIT
// kernel/test/stress.h - shared by the parts of `stress`.
#pragma once

#include <stdatomic.h>

#include "kernel/base/random.h"
#include "kernel/thread.h"

enum { STRESS_CHILDREN = 12 }; // of one worker, at a time

// A thread that a worker started and has not joined.
struct stress_child {
    tid_t tid; // 0: this place is free
    int code;  // what joining it must give
};

// One worker's own state.
struct stress_worker {
    struct random random;
    struct stress_child children[STRESS_CHILDREN];
    uint64_t counted; // increments that this worker made under each of the shared locks
};

// Print what is wrong and count it.
void stress_violation(const char *what, long got, long expected);

// Do one random thing and check what comes of it.
void stress_step(struct stress_worker *worker);

// Join every child that is left.
void stress_join_all(struct stress_worker *worker);

// Start a random thread; for stress_step(). Returns: its tid or -errno; *code: what it will return.
int stress_spawn_child(struct random *random, int *code);

// Count once under the spinlock, once under the mutex and once under the semaphore, and check that
// nobody else was there.
void stress_count(void);

// What the shared counters must have come to. Returns: whether they agree with `expected`.
bool stress_counters_are(uint64_t expected);

// A spawn returned `err`. Unless an allocation is to fail, that is right only where the machine may
// be short of memory.
void stress_refused(int err, bool may_be_short);

// Let allocation number `nth` of the run fail; 0: none, only count.
void stress_fail_begin(uint64_t nth);

// The failures of several runs.
struct stress_failures {
    uint64_t absorbed; // made good without the caller's knowing
    uint64_t reported; // the caller saw an errno
};

// The run is over: check what came of the failure, and add it to `sum`.
// Returns: how many allocations there were. Context: every thread of the run has been joined.
uint64_t stress_fail_end(struct stress_failures *sum);

// Increments made by children; relaxed, read after all have ended.
extern _Atomic uint64_t stress_counted_by_children;
