// SPDX-License-Identifier: MIT
// kernel/base/histogram.c - counts values, and finds percentiles.
#include "kernel/base/histogram.h"

#include "kernel/base/bits.h"

void histogram_add(struct histogram *h, uint64_t value)
{
    unsigned log = bit_highest(value | 1);
    unsigned shift = log > HISTOGRAM_BITS ? log - HISTOGRAM_BITS : 0;

    h->count[(shift << HISTOGRAM_BITS) + (value >> shift)]++;
    h->total++;
    h->most = max_u64(h->most, value);
}

// The largest value that is counted in `bucket`.
static uint64_t bucket_end(unsigned bucket)
{
    unsigned octave = bucket >> HISTOGRAM_BITS;
    unsigned shift = octave > 0 ? octave - 1 : 0;
    uint64_t steps = bucket - (shift << HISTOGRAM_BITS);

    return ((steps + 1) << shift) - 1; // wraps to the largest number there is in the last one
}

uint64_t histogram_percentile(const struct histogram *h, unsigned permille)
{
    assert(h->total > 0 && permille <= 1000);
    uint64_t rank = max_u64((h->total * permille + 999) / 1000, 1);
    unsigned bucket = 0;

    for (uint64_t seen = h->count[0]; seen < rank; seen += h->count[bucket]) {
        bucket++;
    }
    return min_u64(bucket_end(bucket), h->most);
}
