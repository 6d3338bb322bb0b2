// SPDX-License-Identifier: MIT
// kernel/proc/call_counts.h - how often a process has made which system call: task_info().
//
// Counting begins when somebody asks for the first time; before that it costs nothing.
#pragma once

#include "kernel/base/types.h"

struct call_counts; // of one process

// The calling thread's process makes the call `number`. From kernel/riscv/syscall.S.
void call_counts_note(uint64_t number);

// Context: nobody counts any more. NULL is allowed.
void call_counts_free(struct call_counts *counts);
