// SPDX-License-Identifier: MIT
// mm/layout.h - the image's linker symbols, and translation between physical and kernel addresses.
//
// Host builds replace this file and keep mm/regions.h.
#pragma once

#include "kernel/base/panic.h"
#include "kernel/base/types.h"
#include "mm/regions.h"

// Laid out by boot/kernel.ld. Text, rodata and data start on page boundaries and each reaches up to
// the next, so permissions are set from one start to the next.
extern char __image_start[];
extern char __text_start[];
extern char __rodata_start[];
extern char __data_start[];
extern char __image_end[];

// Where the image was loaded; 2 MiB aligned. Constant after memory_init().
extern pa_t image_pa;

// The address of RAM at `p` in the linear map.
static inline void *pa_to_va(pa_t p)
{
    debug_assert(p.raw < LINEAR_BYTES);
    return (void *)(LINEAR_BASE + p.raw);
}

// The physical address of `va`, which is in the linear map or, after memory_init(), in the image.
static inline pa_t va_to_pa(const void *va)
{
    uint64_t at = (uint64_t)va;

    if (at >= KERNEL_BASE) {
        return pa(at - KERNEL_BASE + image_pa.raw);
    }
    debug_assert(at - LINEAR_BASE < LINEAR_BYTES);
    return pa(at - LINEAR_BASE);
}
