// SPDX-License-Identifier: MIT
// tests/host/shim/kernel/riscv/fence.h - host twin: the host's own fence; no TLB to flush.
#pragma once

#include <stdatomic.h>

#include "kernel/base/types.h"

static inline void fence_io(void)
{
    atomic_thread_fence(memory_order_seq_cst);
}

static inline void fence_full(void)
{
    atomic_thread_fence(memory_order_seq_cst);
}

static inline void sfence_vma_all(void)
{
}

static inline void sfence_vma_page(const void *va)
{
    (void)va;
}
