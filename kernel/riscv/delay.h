// SPDX-License-Identifier: MIT
// kernel/riscv/delay.h - work of a known size, for benches.
#pragma once

#include "kernel/base/types.h"

// Run `n` iterations of a loop of exactly two instructions.
static inline void spin_iterations(uint64_t n)
{
    if (n > 0) {
        __asm__ volatile("1: addi %0, %0, -1\n\tbnez %0, 1b" : "+r"(n));
    }
}
