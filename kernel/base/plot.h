// SPDX-License-Identifier: MIT
// kernel/base/plot.h - a plot in characters, narrow enough for 80 columns; its y axis is
// logarithmic.
//
// Between two powers of two the axis is linear, which at this resolution nobody sees, and which
// needs no logarithm. Context: any; allocates nothing.
#pragma once

#include "kernel/base/types.h"

enum {
    PLOT_ROWS = 16,
    PLOT_COLUMNS = 66,
    PLOT_SEVERAL = '*' // where marks meet
};

struct plot {
    uint64_t low;
    uint64_t high;
    char row[PLOT_ROWS][PLOT_COLUMNS + 1]; // the lowest first; strings
};

// Begin an empty plot of y from `low`, at least 1, to `high`, at least `low`.
void plot_init(struct plot *p, uint64_t low, uint64_t high);

// Put `mark` at `y`, which is in the range, in `column`, from 0 to PLOT_COLUMNS - 1.
void plot_mark(struct plot *p, unsigned column, uint64_t y, char mark);

// The y in the middle of `row`, from 0 to PLOT_ROWS - 1.
uint64_t plot_row_value(const struct plot *p, unsigned row);
