// SPDX-License-Identifier: MIT
// kernel/riscv/vdso/data.h - what the vDSO's code reads, in the page before it.
#pragma once

// Clocks that are read without a call, as bits by their ids.
#define VDSO_WALL_CLOCKS  0x21 // CLOCK_REALTIME, and its coarse name
#define VDSO_START_CLOCKS 0xd2 // CLOCK_MONOTONIC, _RAW, _COARSE and CLOCK_BOOTTIME

#ifndef __ASSEMBLER__
#include <stdint.h>

// Constant before the first program runs: there is no way to set a clock.
struct vdso_data {
    uint64_t ns_per_tick;    // 32.32 fixed point
    uint64_t wall_offset_ns; // what CLOCK_REALTIME is ahead of the time since the start
};
#endif
