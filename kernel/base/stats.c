// SPDX-License-Identifier: MIT
// kernel/base/stats.c - statistics of integer samples, without floating point.
#include "kernel/base/stats.h"

#include "kernel/base/panic.h"

#define SHARE_BITS 40 // 12 bits of count and 20 of millionths twice over still fit in 128

typedef unsigned __int128 wide_t; // multiplied and compared only: there is no 128-bit division

uint64_t stats_min(const uint64_t samples[], size_t count)
{
    uint64_t least = samples[0];

    for (size_t i = 1; i < count; i++) {
        least = samples[i] < least ? samples[i] : least;
    }
    return least;
}

uint64_t stats_max(const uint64_t samples[], size_t count)
{
    uint64_t most = samples[0];

    for (size_t i = 1; i < count; i++) {
        most = samples[i] > most ? samples[i] : most;
    }
    return most;
}

// Returns: the largest q in 0..STATS_ONE with q / STATS_ONE <= part / whole, where part <= whole.
static uint64_t millionths(wide_t part, wide_t whole)
{
    uint64_t low = 0;
    uint64_t high = STATS_ONE;

    while (low < high) {
        uint64_t middle = (low + high + 1) / 2;

        if (middle * whole <= part * STATS_ONE) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

uint64_t stats_jain(const uint64_t shares[], size_t count)
{
    assert(count > 0 && count <= STATS_MAX_SHARES);
    uint64_t most = stats_max(shares, count);
    unsigned halvings = 0;
    uint64_t sum = 0;
    wide_t squares = 0;

    while (most >> halvings > (uint64_t)1 << SHARE_BITS) {
        halvings++;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t share = shares[i] >> halvings;

        sum += share;
        squares += (wide_t)share * share;
    }
    return millionths((wide_t)sum * sum, squares * count);
}

// Let samples[at] sink in the max-heap samples[0..count-1] until no child is larger.
static void sift_down(uint64_t samples[], size_t at, size_t count)
{
    uint64_t sinking = samples[at];

    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && samples[child + 1] > samples[child]) {
            child++;
        }
        if (samples[child] <= sinking) {
            break;
        }
        samples[at] = samples[child];
        at = child;
    }
    samples[at] = sinking;
}

// Heap sort: no recursion, no bad case.
void stats_sort(uint64_t samples[], size_t count)
{
    for (size_t at = count / 2; at > 0; at--) {
        sift_down(samples, at - 1, count);
    }
    for (size_t left = count; left > 1; left--) {
        uint64_t most = samples[0];

        samples[0] = samples[left - 1];
        samples[left - 1] = most;
        sift_down(samples, 0, left - 1);
    }
}

uint64_t stats_percentile(const uint64_t sorted[], size_t count, unsigned permille)
{
    assert(count > 0 && permille <= 1000);
    size_t rank = (count * permille + 999) / 1000;

    return sorted[rank > 0 ? rank - 1 : 0];
}
