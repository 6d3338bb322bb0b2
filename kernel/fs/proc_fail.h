// SPDX-License-Identifier: MIT
// kernel/fs/proc_fail.h - /proc/hartbeat/fail: an allocation for a program that fails on purpose.
#pragma once

#include "kernel/fs/procfs.h"

// Nothing in release builds.
extern const struct proc_table proc_fail;
