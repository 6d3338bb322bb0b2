// SPDX-License-Identifier: MIT
// kernel/base/histogram.h - how often values of each size were seen, for percentiles of many.
//
// Buckets are log-linear: 2^HISTOGRAM_BITS of equal width for each doubling, so that a percentile
// is exact below twice that many and at most 1.6 % too large above, up to 2^64. No value is out of
// range. All zero is an empty histogram.
// Context: any; allocates nothing. Not atomic: one hart's, or handed over.
// Source:  the layout of Tene's HdrHistogram.
#pragma once

#include "kernel/base/types.h"

enum { HISTOGRAM_BITS = 6, HISTOGRAM_BUCKETS = (64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS };

struct histogram {
    uint64_t total; // values that were added
    uint64_t most;  // the largest of them
    uint32_t count[HISTOGRAM_BUCKETS];
};

// Add one value. In no time that depends on how many there are.
void histogram_add(struct histogram *h, uint64_t value);

// The value at or below which at least permille / 1000 of those added lie, rounded up to the end
// of its bucket but never above the largest: the nearest rank, as stats_percentile().
// `permille` <= 1000; something has been added.
uint64_t histogram_percentile(const struct histogram *h, unsigned permille);
