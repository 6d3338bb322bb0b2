// SPDX-License-Identifier: MIT
// kernel/base/types.h - fixed-width types, the distinct id types, and machine-wide constants.
//
// Ids of different spaces are different types, so that mixing them is a compile error: a hartid_t
// (sparse, firmware's) never indexes an array; a cpu (plain unsigned, dense 0..n-1) never goes to
// the firmware; a pa_t is never dereferenced.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_HARTS  64 // one bit each in a uint64_t mask
#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)

typedef struct {
    uint64_t raw;
} pa_t; // physical address

typedef struct {
    uint64_t raw;
} hartid_t; // a hart, as firmware and the device tree number it

static inline pa_t pa(uint64_t raw)
{
    return (pa_t){raw};
}

static inline hartid_t hartid(uint64_t raw)
{
    return (hartid_t){raw};
}
