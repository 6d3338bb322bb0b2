// SPDX-License-Identifier: MIT
// kernel/proc/sys_signal.h - what the calls on signals share.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

enum { SIGNAL_SET_BYTES = 8 }; // what a call must name as the size of a set

// A set of signals of the program's. Returns: 0; -EINVAL; -EFAULT.
NODISCARD int get_signal_set(uint64_t *set, uint64_t at, uint64_t bytes);
