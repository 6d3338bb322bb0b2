// SPDX-License-Identifier: MIT
// user/bench/schbench/work.h - the threads of schbench: those that send requests, and those that
// serve them.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "user/lib/histogram.h"

struct schbench {
    unsigned message_threads;
    unsigned workers; // of each message thread
    unsigned operations;
    unsigned matrix_size;
    unsigned sleep_us;
    bool locking;
    // Made by schbench_start():
    struct message_thread *messages;
    pthread_mutex_t *cpu_locks; // one a cpu
    unsigned cpus;
    atomic_bool stop;
    atomic_uint resets; // so many times schbench_reset() was called
};

// What the workers of all message threads have seen so far.
struct schbench_totals {
    struct histogram wakeups;  // microseconds from the wake-up to running
    struct histogram requests; // microseconds that serving one took
    uint64_t served;
    uint64_t message_delay_us; // that a thread was ready and did not run, on average
    uint64_t worker_delay_us;
};

void schbench_start(struct schbench *run);

void schbench_totals(const struct schbench *run, struct schbench_totals *totals);

// Have each worker forget what it measured so far, when it has served its request.
void schbench_reset(struct schbench *run);

// Stop all threads and wait for them.
void schbench_finish(struct schbench *run);
