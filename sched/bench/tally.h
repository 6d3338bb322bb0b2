// SPDX-License-Identifier: MIT
// sched/bench/tally.h - what happened while something was measured: time, and what the timing model
// counts.
//
// An instruction count hides what a TLB flush, or a line that another hart has, costs a machine.
// The counters are read outside the interval that is timed, so they cost it nothing.
#pragma once

#include "kernel/base/compiler.h"
#include "kernel/bench.h"

enum { TALLY_COUNTERS = 5 };

struct tally {
    uint64_t elapsed;                  // in bench_unit()
    uint64_t counters[TALLY_COUNTERS]; // of this hart; 0 where nobody counts
};

// For the two below only.
void tally_read(struct tally *t);
void tally_subtract(struct tally *t);

// Begin a measurement, and end it on the same hart. Returns: when it began, for the other; so that
// the interval holds no more than the end of one call of bench_now() and the start of another.
// Context: thread.
static ALWAYS_INLINE uint64_t tally_begin(struct tally *t)
{
    tally_read(t);
    return bench_now();
}

static ALWAYS_INLINE void tally_end(struct tally *t, uint64_t began)
{
    t->elapsed = bench_now() - began;
    tally_subtract(t);
}

// Add what `more` has to `t`.
void tally_add(struct tally *t, const struct tally *more);

// Report the time of `t`, of `operations`, less `empty`, as `sample` says but for its value.
void tally_report_time(const struct tally *t, const struct bench_sample *sample, uint64_t empty,
                       uint64_t operations);

// The same, and each counter per operation, its name added to the metric's. One that is 0 has no
// line in the table.
void tally_report(const struct tally *t, const struct bench_sample *sample, uint64_t empty,
                  uint64_t operations);
