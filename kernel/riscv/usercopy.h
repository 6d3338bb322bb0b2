// SPDX-License-Identifier: MIT
// kernel/riscv/usercopy.h - copying where either side may be a program's memory and may fault.
#pragma once

#include "kernel/base/types.h"

// Copy, or clear, upwards. sstatus.SUM is set; a fault that cannot be dealt with has to continue at
// what user_copy_resume() says. Returns: how many bytes at the end have not been done.
size_t user_copy(void *to, const void *from, size_t bytes);
size_t user_clear(void *to, size_t bytes);

// Where to continue after a fault at `sepc` that cannot be dealt with: what has been done so far is
// kept and the rest is tried byte by byte, or given up. Returns: 0: it is not in these routines.
uint64_t user_copy_resume(uint64_t sepc);
