// SPDX-License-Identifier: MIT
// user/lib/histogram.h - how often which value was seen, exact to one in 64.
//
// One thread adds, others may read meanwhile: what they see is a little behind.
#pragma once

#include <stdatomic.h>
#include <stdint.h>

enum {
    HISTOGRAM_EXACT_BITS = 7, // below 2^7 each value has a bucket of its own, above 2^6 share 2^x
    HISTOGRAM_BUCKETS = (64 - HISTOGRAM_EXACT_BITS + 2) << (HISTOGRAM_EXACT_BITS - 1),
};

// All zero is an empty one.
struct histogram {
    // relaxed, all of them: each is a figure of its own
    atomic_ulong counts[HISTOGRAM_BUCKETS];
    atomic_ulong samples;
    atomic_ulong least_or_zero;
    atomic_ulong most;
};

void histogram_add(struct histogram *histogram, uint64_t value);

// Add the samples of `from`.
void histogram_merge(struct histogram *histogram, const struct histogram *from);

void histogram_clear(struct histogram *histogram);

uint64_t histogram_samples(const struct histogram *histogram);
uint64_t histogram_least(const struct histogram *histogram);
uint64_t histogram_most(const struct histogram *histogram);

// The least value that `percent` of the samples do not exceed, at most one in 64 too large; and how
// many samples do not exceed it. Of an empty histogram both are 0.
uint64_t histogram_percentile(const struct histogram *histogram, double percent, uint64_t *below);
