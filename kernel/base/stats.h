// SPDX-License-Identifier: MIT
// kernel/base/stats.h - statistics of integer samples, without floating point.
//
// Context: any; allocates nothing.
#pragma once

#include "kernel/base/types.h"

#define STATS_ONE        1000000 // 1 in millionths
#define STATS_MAX_SHARES 4096

// Jain's fairness index of 1..STATS_MAX_SHARES shares: 1 when all are equal, 1/count when one has
// all, and 1 if every share is 0.
// Returns: millionths, rounded down; shares above 2^40 are first halved, all of them, until none
// is. Source:  Jain, Chiu & Hawe, "A Quantitative Measure of Fairness and Discrimination", DEC
// TR-301,
//          1984.
uint64_t stats_jain(const uint64_t shares[], size_t count);

// Returns: the smallest and the largest of `count` > 0 samples.
uint64_t stats_min(const uint64_t samples[], size_t count);
uint64_t stats_max(const uint64_t samples[], size_t count);

// Sort in ascending order, in place, in O(n log n) steps at worst.
void stats_sort(uint64_t samples[], size_t count);

// The least sample at or below which at least permille / 1000 of all samples lie: the nearest rank,
// so 500 is the (lower) median, 0 the smallest and 1000 the largest. `sorted` is ascending,
// `count` > 0.
uint64_t stats_percentile(const uint64_t sorted[], size_t count, unsigned permille);
