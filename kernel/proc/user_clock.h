// SPDX-License-Identifier: MIT
// kernel/proc/user_clock.h - clocks by the ids that programs have for them.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

// Read clock `id`. Returns: 0 and nanoseconds; -EINVAL there is no such clock, or no such thread.
// Context: thread of a program, no locks.
NODISCARD int user_clock_read(int id, uint64_t *ns);

// Is `id` the time since the start, or the date, under one of its names?
bool user_clock_is_start(int id);
bool user_clock_is_wall(int id);
