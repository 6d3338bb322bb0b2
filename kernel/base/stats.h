// SPDX-License-Identifier: MIT
// kernel/base/stats.h - statistics of integer samples, without floating point.
//
// Context: any; allocates nothing.
#pragma once

#include "kernel/base/types.h"

#define STATS_ONE 1000000 // 1 in millionths

// Jain's fairness index of `count` > 0 shares: 1 when all are equal, 1/count when one has all.
// Returns: millionths, rounded down, exact while each share is below 2^16, else within one part in
// 2^14 of the true index; STATS_ONE if all shares are 0.
// Source:  Jain, Chiu & Hawe, "A Quantitative Measure of Fairness and Discrimination", DEC TR-301,
//          1984.
uint64_t stats_jain(const uint64_t shares[], size_t count);

// Returns: the smallest and the largest of `count` > 0 samples.
uint64_t stats_min(const uint64_t samples[], size_t count);
uint64_t stats_max(const uint64_t samples[], size_t count);

// Sort in ascending order, in place, in O(n log n) steps at worst.
void stats_sort(uint64_t samples[], size_t count);

// The sample below or at which a share of `permille` / 1000 of all lie: the nearest rank, so 500 is
// the (lower) median, 0 the least and 1000 the greatest. `sorted` is ascending, `count` > 0.
uint64_t stats_percentile(const uint64_t sorted[], size_t count, unsigned permille);
