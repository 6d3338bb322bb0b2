// SPDX-License-Identifier: MIT
// kernel/fs/proc_realtime.h - /proc/sys/kernel/sched_rt_*.
#pragma once

#include "kernel/fs/procfs.h"

extern const struct proc_table proc_realtime;
