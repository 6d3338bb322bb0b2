// SPDX-License-Identifier: MIT
// kernel/fs/eventfd.h - a counter that is written to and read from as a file.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

struct file;

// Returns: a file whose reads give `count` and what has been added, or 1 each (`semaphore`), and
// wait while that is 0; NULL if memory is short. `flags`: O_NONBLOCK.
NODISCARD struct file *eventfd_make(uint64_t count, bool semaphore, unsigned flags);
