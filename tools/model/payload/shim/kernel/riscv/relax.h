// SPDX-License-Identifier: MIT
// tools/model/payload/shim/kernel/riscv/relax.h - the payload's twin: waiting only hints that it
// waits.
#pragma once

static inline void cpu_relax(void)
{
    __asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010" ::: "memory");
}
