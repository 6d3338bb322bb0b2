// SPDX-License-Identifier: MIT
// kernel/proc/vdso.h - the code and data of the kernel's that every program can read.
#pragma once

#include "kernel/base/annot.h"
#include "kernel/base/types.h"
#include "mm/user/aspace.h"

// Make its pages; what it knows of clocks is what they are now.
// Returns: 0; -ENOMEM. Context: boot, after memory objects work and before the first program.
NODISCARD int vdso_init(void);

// Map it into `as`, as its last areas: see aspace_add_area(). Returns: 0 or -errno.
NODISCARD int vdso_map(struct aspace *as);

// Where it is in every program: AT_SYSINFO_EHDR; 0: nowhere.
uint64_t vdso_base(void);

// Where a handler returns to: the instructions that call rt_sigreturn(). Constant after
// vdso_init().
extern uint64_t vdso_sigreturn;
