// SPDX-License-Identifier: MIT
// sync/bench/lock_plot.h - `bench locks` as a picture: the price of each lock over harts.
#pragma once

#include "kernel/base/plot.h"
#include "sync/bench/lock_options.h"

struct lock_plot {
    uint64_t price[LOCK_CASES_MAX][MAX_HARTS]; // by the positions in lock_options; 0: none
    struct plot plot;
};

// Print it: a letter a lock, which the line below explains. Every price that `o` asks for is there.
void lock_plot_print(struct lock_plot *p, const struct lock_options *o);
