// SPDX-License-Identifier: MIT
// tools/model/payload/contention.h - harts that take one lock in turn, and the order in which they
// had it.
#pragma once

#include <stdint.h>

// Take part as hart `me` until the sample ends. All harts that take part call it.
void contention_run(uint64_t me);

// Print what was measured. Context: one hart, after all have returned from contention_run().
void contention_record(void);
