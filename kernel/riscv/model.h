// SPDX-License-Identifier: MIT
// kernel/riscv/model.h - hints to the timing model, and its counters.
//
// What the numbers mean is in kernel/abi/model.h. Whether the model is there is for
// bench_has_counters() to say: reading a counter without it traps, or gives what means nothing.
#pragma once

#include "kernel/abi/model.h"
#include "kernel/base/types.h"

#define CSR_HPMCOUNTER0 0xc00 // hpmcounterN is at 0xc00 + N

// A region of interest begins, or ends: the model reports what all harts did in between. Regions do
// not nest. Cost: one instruction, which a machine without the model executes as a no-op.
// Source: Unprivileged ISA, "HINT Instructions".
static inline void model_region_begin(void)
{
    __asm__ volatile("slti x0, x0, %0" ::"i"(MODEL_HINT_BEGIN) : "memory");
}

static inline void model_region_end(void)
{
    __asm__ volatile("slti x0, x0, %0" ::"i"(MODEL_HINT_END) : "memory");
}

// What this hart's counter `n`, a constant such as MODEL_TRANSFERS, has counted since reset.
// Context: only if bench_has_counters(); differences mean something on one hart.
#define model_counter(n)                                                                           \
    ({                                                                                             \
        uint64_t model_value;                                                                      \
        __asm__ volatile("csrr %0, %1"                                                             \
                         : "=r"(model_value)                                                       \
                         : "i"(CSR_HPMCOUNTER0 + (n))                                              \
                         : "memory");                                                              \
        model_value;                                                                               \
    })
