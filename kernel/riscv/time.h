// SPDX-License-Identifier: MIT
// kernel/riscv/time.h - the hart's counters. Source: Unprivileged ISA, "Zicntr".
#pragma once

#include "kernel/riscv/csr.h"
#include "kernel/base/types.h"

// Ticks of the platform's timebase since reset; the same on every hart to within a tick.
static inline uint64_t read_time(void)
{
    return csr_read(time);
}

// Instructions retired by this hart; exact only where the machine counts them (TIMING=count).
static inline uint64_t read_instret(void)
{
    return csr_read(instret);
}

// Cycles of this hart; model cycles under TIMING=model and explore, host ticks otherwise.
static inline uint64_t read_cycle(void)
{
    return csr_read(cycle);
}
