// SPDX-License-Identifier: MIT
// user/bench/cyclictest/measure.h - the threads of cyclictest, which sleep and see how late they
// wake up.
#pragma once

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { OVERFLOWS = 32 };

// One thread. Times in the unit of the output: microseconds, or nanoseconds with -N.
struct cyclic_thread {
    // Set before it starts:
    int number;
    int cpu; // -1: any
    int policy;
    int priority;
    uint64_t interval_ns;
    clockid_t clock;
    uint64_t loops; // 0: until it is stopped
    uint64_t unit_ns;
    unsigned buckets; // of the histogram; 0: there is none
    // Written by it, and read while it runs; relaxed: each is a figure of its own.
    _Atomic pid_t tid;
    atomic_ulong cycles;
    atomic_long least;
    atomic_long latest;
    atomic_long most;
    atomic_ulong sum;
    atomic_ulong *histogram;
    atomic_ulong overflows;
    unsigned long overflow_cycles[OVERFLOWS]; // read after it has ended
    pthread_t thread;
    atomic_bool ended;
};

// Set when all threads are to end.
extern atomic_bool cyclic_stop;

// The thread's function; its argument is a struct cyclic_thread. Returns: NULL, or an errno as a
// pointer if it could not run as it should.
void *cyclic_main(void *argument);
