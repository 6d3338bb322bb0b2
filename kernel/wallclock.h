// SPDX-License-Identifier: MIT
// kernel/wallclock.h - the date, as far as the machine knows it.
#pragma once

#include "kernel/base/types.h"

struct fdt;

// Read the machine's real-time clock, if the device tree names one with a driver.
// Context: boot, before other harts start.
void wallclock_init(const struct fdt *fdt);

// What the date, in nanoseconds since 1970, is ahead of time_now_ns(). Constant after
// wallclock_init(); 0: there is no clock, and the date is the time since the start.
uint64_t wallclock_offset_ns(void);
