// SPDX-License-Identifier: MIT
// kernel/base/plot.c - a plot in characters.
#include "kernel/base/plot.h"

#include "kernel/base/bits.h"
#include "kernel/base/compiler.h"
#include "kernel/base/string.h"

enum { LOG_BITS = 16 }; // of the fraction of a logarithm

// About the logarithm of `y` > 0 to base 2; rises with y, and exact at powers of two.
static NOINLINE uint64_t log_of(uint64_t y)
{
    unsigned whole = bit_highest(y);
    uint64_t fraction = (y ^ bit(whole)) << (63 - whole) >> (63 - LOG_BITS);

    return ((uint64_t)whole << LOG_BITS) + fraction;
}

// What has this logarithm.
static uint64_t power_of(uint64_t log)
{
    unsigned whole = (unsigned)(log >> LOG_BITS);
    uint64_t mantissa = log % bit(LOG_BITS) + bit(LOG_BITS);

    return whole > LOG_BITS ? mantissa << (whole - LOG_BITS) : mantissa >> (LOG_BITS - whole);
}

void plot_init(struct plot *p, uint64_t low, uint64_t high)
{
    assert(low > 0 && low <= high);
    memset(p, 0, sizeof(*p));
    p->low = low;
    p->high = high;
}

void plot_mark(struct plot *p, unsigned column, uint64_t y, char mark)
{
    assert(column < PLOT_COLUMNS && y >= p->low && y <= p->high);
    uint64_t span = max_u64(log_of(p->high) - log_of(p->low), 1);
    uint64_t above = log_of(y) - log_of(p->low);
    char *cell = p->row[((PLOT_ROWS - 1) * above + span / 2) / span];

    for (; column > 0; column--, cell++) {
        *cell = *cell == '\0' ? ' ' : *cell;
    }
    *cell = *cell == '\0' || *cell == ' ' ? mark : PLOT_SEVERAL;
}

uint64_t plot_row_value(const struct plot *p, unsigned row)
{
    assert(row < PLOT_ROWS);
    uint64_t span = log_of(p->high) - log_of(p->low);

    return power_of(log_of(p->low) + span * row / (PLOT_ROWS - 1));
}
