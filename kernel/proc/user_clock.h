// SPDX-License-Identifier: MIT
// kernel/proc/user_clock.h - clocks by the ids that programs have for them.
#pragma once

#include "kernel/abi/time.h"
#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "kernel/riscv/vdso/data.h"

// Read clock `id`. Returns: 0 and nanoseconds; -EINVAL there is no such clock, or no such thread.
// Context: thread of a program, no locks.
NODISCARD int user_clock_read(int id, uint64_t *ns);

// May one sleep by clock `id`? Returns: 0; -EINVAL; -EOPNOTSUPP as Linux has it for those that are
// only read.
NODISCARD int user_clock_check_sleep(int id);

static inline bool user_clock_is_among(int id, unsigned ids)
{
    return (unsigned)id < 32 && (ids >> id & 1) != 0;
}

// Is `id` the time since the start, or the date, under one of its names?
static inline bool user_clock_is_start(int id)
{
    return user_clock_is_among(id, VDSO_START_CLOCKS | 1 << CLOCK_BOOTTIME_ALARM);
}

static inline bool user_clock_is_wall(int id)
{
    return user_clock_is_among(id, VDSO_WALL_CLOCKS | 1 << CLOCK_REALTIME_ALARM | 1 << CLOCK_TAI);
}
