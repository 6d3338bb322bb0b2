// SPDX-License-Identifier: MIT
// tests/host/shim/kernel/riscv/relax.h - host twin: waiting lets another thread run.
#pragma once

#include <sched.h>

static inline void cpu_relax(void)
{
    sched_yield();
}
