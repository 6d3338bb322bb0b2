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
    unsigned region;     // it was measured in; 0: none
};

// The clock of benches: retired instructions of this hart under TIMING=count, cycles of the timing
// model under model and explore, nanoseconds under host. Only differences mean anything; under
// count, on one hart.
uint64_t bench_now(void);
const char *bench_unit(void);

// Does the timing model count for us: may kernel/riscv/model.h read its counters?
bool bench_has_counters(void);

// What happens from here on is one region, until the end: the timing model reports on it. In
// between no device is touched. Returns: its number, the same as in that report; 0 without a model.
// Context: thread; one region at a time.
unsigned bench_region_begin(void);
void bench_region_end(void);

// `elapsed` for `operations`, in thousandths; `empty` is what the loop costs without its body.
uint64_t bench_per_operation(uint64_t elapsed, uint64_t empty, uint64_t operations);

// Print what time is, in words: part of a line.
void bench_print_time(void);

// Print the head of the table of `command`, such as "bench locks", and what to run instead if its
// figures will be invalid; then each sample as its line and its record.
void bench_table(const char *command);
void bench_report(const struct bench_sample *sample);

// Print the record of a sample that has no line in bench_table()'s.
void bench_record(const struct bench_sample *sample);
