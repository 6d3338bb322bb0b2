// SPDX-License-Identifier: MIT
// kernel/riscv/fence.h - fences by intent. Source: Unprivileged ISA, "RVWMO Memory Consistency
// Model"; Privileged ISA 1.12, "Supervisor Memory-Management Fence Instruction".
#pragma once

#include "kernel/base/types.h"

// Order this hart's memory and device accesses before it against those after it.
static inline void fence_io(void)
{
    __asm__ volatile("fence iorw, iorw" ::: "memory");
}

// Order all memory accesses before it against all after it: the store-then-load case that release
// and acquire leave open.
static inline void fence_full(void)
{
    __asm__ volatile("fence rw, rw" ::: "memory");
}

// Make earlier page-table stores visible to this hart's translations, and drop what it had cached.
static inline void sfence_vma_all(void)
{
    __asm__ volatile("sfence.vma" ::: "memory");
}

// The same for the one page at `va`, in every address space.
static inline void sfence_vma_page(const void *va)
{
    __asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
}

// The same for the page at `va` of user memory, or for all that is not global in the address space
// `asid`: the latter leaves the kernel's translations alone.
static inline void sfence_vma_user_page(uint64_t va)
{
    __asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
}

static inline void sfence_vma_asid(uint64_t asid)
{
    __asm__ volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
}

// Make earlier stores of this hart visible to its instruction fetches. "Zifencei".
static inline void fence_code(void)
{
    __asm__ volatile("fence.i" ::: "memory");
}
