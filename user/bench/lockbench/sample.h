// SPDX-License-Identifier: MIT
// user/bench/lockbench/sample.h - one sample of lockbench: so many threads want one lock for so
// long.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "user/bench/lockbench/locks.h"

enum { THREADS = 256 };

struct sample {
    // What is asked for:
    const struct lock_type *type;
    unsigned threads;
    unsigned cs;    // turns of a small loop with the lock held
    unsigned think; // and without it
    unsigned ms;
    bool pin; // thread n on cpu n, in turn
    // What came out:
    uint64_t took_ns;
    uint64_t acquisitions[THREADS]; // of each thread
    uint64_t handoffs;              // after another thread
    bool exclusive;                 // nobody saw a second owner
};

void sample_take(struct sample *sample);
