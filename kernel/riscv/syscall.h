// SPDX-License-Identifier: MIT
// kernel/riscv/syscall.h - the table of system calls, made by kernel/riscv/syscall.S.
#pragma once

#include "kernel/abi/syscall.h"

// Where the trap entry goes for each number. In assembly, because the calls have one to six
// parameters, and C has no type for a pointer to any of them.
extern const void *const syscalls[SYSTEM_CALLS];

// The same by way of call_counts_note().
extern const void *const syscalls_counted[SYSTEM_CALLS];
