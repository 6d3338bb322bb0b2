// SPDX-License-Identifier: MIT
// user/lib/histogram.c - how often which value was seen, exact to one in 64.
#include "user/lib/histogram.h"

#include <string.h>

enum { EXACT = 1 << HISTOGRAM_EXACT_BITS, SHARES = EXACT / 2 };

static uint64_t get(const atomic_ulong *figure)
{
    return atomic_load_explicit(figure, memory_order_relaxed);
}

// Only one thread writes, so this need not be one access.
static void set(atomic_ulong *figure, uint64_t value)
{
    atomic_store_explicit(figure, value, memory_order_relaxed);
}

static unsigned bucket_of(uint64_t value)
{
    if (value < EXACT) {
        return (unsigned)value;
    }
    unsigned shift = 64 - HISTOGRAM_EXACT_BITS - (unsigned)__builtin_clzl(value);
    return SHARES * shift + (unsigned)(value >> shift);
}

// The largest value of a bucket.
static uint64_t value_of(unsigned bucket)
{
    if (bucket < EXACT) {
        return bucket;
    }
    unsigned shift = bucket / SHARES - 1;
    return (((uint64_t)bucket % SHARES + SHARES + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    uint64_t samples = get(&histogram->samples);
    atomic_ulong *count = &histogram->counts[bucket_of(value)];
    set(count, get(count) + 1);
    if (samples == 0 || value < get(&histogram->least_or_zero)) {
        set(&histogram->least_or_zero, value);
    }
    if (value > get(&histogram->most)) {
        set(&histogram->most, value);
    }
    set(&histogram->samples, samples + 1);
}

void histogram_merge(struct histogram *histogram, const struct histogram *from)
{
    if (histogram_samples(from) == 0) {
        return;
    }
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        set(&histogram->counts[i], get(&histogram->counts[i]) + get(&from->counts[i]));
    }
    uint64_t least = get(&from->least_or_zero);
    if (histogram_samples(histogram) == 0 || least < get(&histogram->least_or_zero)) {
        set(&histogram->least_or_zero, least);
    }
    if (get(&from->most) > get(&histogram->most)) {
        set(&histogram->most, get(&from->most));
    }
    set(&histogram->samples, get(&histogram->samples) + get(&from->samples));
}

void histogram_clear(struct histogram *histogram)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        set(&histogram->counts[i], 0);
    }
    set(&histogram->samples, 0);
    set(&histogram->least_or_zero, 0);
    set(&histogram->most, 0);
}

uint64_t histogram_samples(const struct histogram *histogram)
{
    return get(&histogram->samples);
}

uint64_t histogram_least(const struct histogram *histogram)
{
    return get(&histogram->least_or_zero);
}

uint64_t histogram_most(const struct histogram *histogram)
{
    return get(&histogram->most);
}

uint64_t histogram_percentile(const struct histogram *histogram, double percent, uint64_t *below)
{
    double wanted = percent / 100 * (double)histogram_samples(histogram);
    uint64_t seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS && histogram_samples(histogram) > 0; i++) {
        seen += get(&histogram->counts[i]);
        if (seen > 0 && (double)seen >= wanted) {
            uint64_t most = histogram_most(histogram);
            *below = seen;
            return value_of(i) < most ? value_of(i) : most;
        }
    }
    *below = seen;
    return histogram_most(histogram);
}
