// SPDX-License-Identifier: MIT
// kernel/riscv/usercopy.h - copying where either side may be a program's memory and may fault.
#pragma once

#include "kernel/base/types.h"

// Copy, or clear, upwards. sstatus.SUM is set; a fault that cannot be dealt with has to continue
// where user_copy_ranges[] says. Returns: how many bytes at the end have not been done.
size_t user_copy(void *to, const void *from, size_t bytes);
size_t user_clear(void *to, size_t bytes);

// A fault at an instruction in [first, end) of these routines goes on at `resume`: what has been
// done so far is kept, and the rest is tried byte by byte, or given up.
struct user_copy_range {
    uint64_t first;
    uint64_t end;
    uint64_t resume;
};
extern const struct user_copy_range user_copy_ranges[];
extern const struct user_copy_range user_copy_ranges_end[];
