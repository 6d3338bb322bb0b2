// SPDX-License-Identifier: MIT
// kernel/proc/poll_mask.h - the signals that ppoll() and pselect6() block while they wait.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

// Block the signals of the mask of `bytes` bytes at `at` from now on, if that is not 0.
// Returns: 0; -EINVAL; -EFAULT.
NODISCARD int poll_mask_set(uint64_t at, uint64_t bytes);

// The wait that poll_mask_set() came before is over, with `result`. If a signal has ended it, that
// is delivered under the wait's mask first.
void poll_mask_restore(uint64_t at, long result);
