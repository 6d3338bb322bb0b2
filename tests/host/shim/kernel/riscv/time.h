// SPDX-License-Identifier: MIT
// tests/host/shim/kernel/riscv/time.h - host twin: the time is what the test says.
#pragma once

#include "kernel/base/compiler.h"
#include "kernel/base/types.h"

// Weak, so that every file that includes this shares one definition without a file of its own.
extern _Thread_local uint64_t host_ticks;
WEAK _Thread_local uint64_t host_ticks;

static inline uint64_t read_time(void)
{
    return host_ticks;
}
