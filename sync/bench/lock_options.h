// SPDX-License-Identifier: MIT
// sync/bench/lock_options.h - what `bench locks` is told to measure.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "sync/bench/lock_loops.h"

enum {
    LOCK_CASES_MAX = 16,
    LOCK_WORK_MAX = 1000000, // cs and think: with more, one turn would take seconds
    LOCK_TARGET_DEFAULT = 100000,
    LOCK_TARGET_MODEL =
        20000, // of the timing model, which is exact: docs/time.md has what more give
    LOCK_TARGET_MAX = 100000000
};

struct lock_options {
    uint64_t harts[MAX_HARTS]; // numbers of harts, each from 1 to those online
    unsigned harts_count;
    const struct lock_case *cases[LOCK_CASES_MAX];
    unsigned cases_count;
    uint64_t cs;
    uint64_t think;
    uint64_t target; // acquisitions a sample
    bool waits;      // under model: a second sample, for waits, holds and order, and a plot
};

// Read argv[1..argc-1]; what is not given gets its default.
// Returns: 0; -EINVAL, having said which values are allowed. Context: thread.
NODISCARD int lock_options_parse(int argc, char **argv, struct lock_options *o);
