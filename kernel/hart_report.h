// SPDX-License-Identifier: MIT
// kernel/hart_report.h - what is known of one hart, for the panic screen and the watchdog.
#pragma once

#include "kernel/base/types.h"

struct processor;
struct trap_frame;

// Print `p`'s thread, the spinlocks it holds and waits for, and a backtrace: of what `frame`
// interrupted, else from `fp` on, else, if that is 0 too, of where it took the last of the locks.
// Context: any; `p` has stopped, or is stuck, or is this hart. What a hart prints that goes on
// meanwhile may be out of date.
void hart_report(const struct processor *p, const struct trap_frame *frame, uint64_t fp);
