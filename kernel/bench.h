// SPDX-License-Identifier: MIT
// kernel/bench.h - measuring, and reporting what was measured.
//
// A bench has numbers and no verdict. Each number is one sample: a line of a table for people, and
// a line `RESULT {...}` with everything that is needed to compare it or to take it again.
#pragma once

#include "kernel/base/types.h"

// Values are in thousandths of their unit.
#define BENCH_MILLI 1000

struct bench_sample {
    const char *bench;   // "locks", "sched", or a workload's name
    const char *metric;  // its name in that bench
    uint64_t value;      // thousandths of `unit`
    const char *unit;    // NULL: bench_unit(); else "count" or "ratio"
    unsigned harts;      // that took part; 0: 1
    const char *lock;    // the algorithm measured; NULL: the kernel's own
    unsigned threads;    // that took part; 0: 1
    unsigned thread;     // the value is that of one thread, counted from 1; 0: it is not
    int priority;        // of that thread; 0: the default
    const char *invalid; // why the value is worth nothing, whatever the clock; NULL: it is not so
};

// The clock of benches: retired instructions of this hart under TIMING=count, its cycles under
// model, nanoseconds under host. Only differences mean anything, on one hart but under host.
uint64_t bench_now(void);
const char *bench_unit(void);

// `elapsed` for `operations`, in thousandths; `empty` is what the loop costs without its body.
uint64_t bench_per_operation(uint64_t elapsed, uint64_t empty, uint64_t operations);

// Print the head of the table; then each sample as its line and its record.
void bench_table(const char *title);
void bench_report(const struct bench_sample *sample);

// Print the record of a sample that has no line in bench_table()'s.
void bench_record(const struct bench_sample *sample);
