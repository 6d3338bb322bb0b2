// SPDX-License-Identifier: MIT
// tools/model/payload/virt.h - the devices of QEMU's `virt` machine, as machine mode sees them.
//
// Source: QEMU, docs/system/riscv/virt.rst; "RISC-V Advanced Core Local Interruptor", MTIMER and
// MSWI; Privileged ISA 1.12, "Machine-Level ISA".
#pragma once

#include <stdint.h>

#include "kernel/riscv/csr.h"

#define VIRT_FINISHER 0x00100000UL
#define VIRT_MSIP     0x02000000UL
#define VIRT_MTIMECMP 0x02004000UL
#define VIRT_UART     0x10000000UL

#define VIRT_FINISHER_PASS 0x5555

#define MIE_SOFTWARE 0x8
#define MIE_TIMER    0x80
#define MSTATUS_MIE  0x8

static inline void virt_write32(uintptr_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

// Raise or clear another hart's software interrupt.
static inline void virt_set_software(uint64_t hart, uint32_t pending)
{
    virt_write32(VIRT_MSIP + 4 * hart, pending);
}

// Have this hart's timer interrupt be pending from `ticks` on.
static inline void virt_set_timer(uint64_t hart, uint64_t ticks)
{
    *(volatile uint64_t *)(VIRT_MTIMECMP + 8 * hart) = ticks;
}

static inline void virt_put(char c)
{
    *(volatile char *)VIRT_UART = c;
}

static inline void virt_wait_for_interrupt(void)
{
    __asm__ volatile("wfi" ::: "memory");
}

// End the machine.
static inline void virt_finish(void)
{
    for (;;) {
        virt_write32(VIRT_FINISHER, VIRT_FINISHER_PASS);
    }
}
