// SPDX-License-Identifier: MIT
// kernel/boot_metric.c - what booting cost.
#include "kernel/boot_metric.h"

#include "kernel/riscv/time.h"
#include "kernel/timer.h"

// Constant once the first command runs.
static uint64_t instructions;
static uint64_t ticks;

void boot_metric_begin(uint64_t instret_then, uint64_t ticks_then)
{
    instructions = instret_then;
    ticks = ticks_then;
}

void boot_metric_end(void)
{
    instructions = read_instret() - instructions;
    ticks = read_time() - ticks;
}

uint64_t boot_instructions(void)
{
    return instructions;
}

uint64_t boot_ns(void)
{
    return ticks_to_ns(ticks);
}
