// SPDX-License-Identifier: MIT
// kernel/fs/proc_number.h - a number that somebody writes to a file of /proc.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"

// Read `line`, which is changed, up to its end: a number with or without a minus.
// Returns: 0 and *value; -EINVAL if it is none, or beyond `most` above or below 0.
NODISCARD int proc_number(char *line, int64_t most, int64_t *value);
