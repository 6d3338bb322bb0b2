// SPDX-License-Identifier: MIT
// sync/bench/lock_report.h - what came out of a sample of `bench locks`, as rows.
#pragma once

#include "kernel/base/histogram.h"
#include "sync/bench/lock_loops.h"

struct lock_findings {
    uint64_t acquired[MAX_HARTS]; // by each hart, up to the sample's target
    uint64_t total;               // their sum
    uint64_t late;                // acquisitions past the target
    uint64_t handoffs;
    uint64_t overlaps;  // times a hart saw a second owner
    bool lost_updates;  // the guarded counters disagree with the sum
    unsigned admitted;  // second owners of the probe, on one hart
    uint64_t transfers; // lines that came from another hart's cache; only where they are counted
    uint64_t upgrades;  // lines shared with others that one made its own; the same
};

// How long acquisitions of one sample waited for the lock and held it, in cycles.
struct lock_times {
    struct histogram wait;
    struct histogram hold;
};

// Add up what each hart did in `s`, which has ended, beside `f->admitted`, which is kept.
void lock_collect(const struct lock_sample *s, struct lock_findings *f);

// Was the lock seen to admit a second owner? Never of null, which takes no lock.
bool lock_violated(const struct lock_sample *s, const struct lock_findings *f);

// One row of `s`, in thousandths of `unit`; NULL: the bench's clock.
void lock_row(const struct lock_sample *s, const char *metric, uint64_t value, const char *unit);

// The rows of a plain sample, and those of a traced one, whose times `t` is for.
void lock_report(const struct lock_sample *s, const struct lock_findings *f);
void lock_report_traced(const struct lock_sample *s, struct lock_times *t);

// Say what the witnesses of a second owner saw.
void lock_report_violation(const struct lock_sample *s, const struct lock_findings *f);
