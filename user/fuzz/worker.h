// SPDX-License-Identifier: MIT
// user/fuzz/worker.h - a process that makes system calls.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

// What the calls have returned, by errno; 0: no error.
enum { ERRORS = 160 };

// Shared by a worker and the process that looks after it.
struct progress {
    atomic_ulong calls; // so many have been begun
    atomic_ulong results[ERRORS];
};

struct fuzz {
    uint64_t seed;
    uint64_t calls; // of each worker
    bool everything;
    bool verbose;
    const char *only; // NULL: all calls
};

// Make calls from the one after `progress` on, in a new process: which call that is depends only on
// the seed, the worker and the call's number. Exits with 0 when all are made.
_Noreturn void worker_run(const struct fuzz *fuzz, unsigned worker, struct progress *progress);
