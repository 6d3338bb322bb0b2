// SPDX-License-Identifier: MIT
// kernel/riscv/csr.h - supervisor control and status registers: access and field names.
//
// Source: Privileged ISA 1.12, "Supervisor-Level ISA"; shared with assembly, so only macros.
#pragma once

#define SSTATUS_SIE      0x2    // interrupts enabled in S-mode
#define SSTATUS_SPIE     0x20   // SIE before the trap
#define SSTATUS_SPP      0x100  // the trap came from S-mode
#define SSTATUS_VS       0x600  // state of the vector registers, as FS
#define SSTATUS_FS       0x6000 // state of the floating-point registers: 0 Off ... 2 Clean, 3 Dirty
#define SSTATUS_FS_LOW   0x2000
#define SSTATUS_FS_CLEAN 0x4000
#define SSTATUS_SUM      0x40000 // S-mode may touch user pages

#define COUNTERS_ALL 0xffffffff // scounteren: user mode may read all that the firmware passes on

#define SIE_SOFTWARE 0x2
#define SIE_TIMER    0x20
#define SIE_EXTERNAL 0x200

#define CSR_FCSR     0x003
#define FCSR_MASK    0xff
#define CSR_STIMECMP 0x14d // which clang 14 and 16 cannot name

#define SCAUSE_INTERRUPT 0x8000000000000000
#define IRQ_SOFTWARE     1
#define IRQ_TIMER        5
#define IRQ_EXTERNAL     9

#define EXC_INST_MISALIGNED  0
#define EXC_INST_ACCESS      1
#define EXC_ILLEGAL          2
#define EXC_BREAKPOINT       3
#define EXC_LOAD_MISALIGNED  4
#define EXC_LOAD_ACCESS      5
#define EXC_STORE_MISALIGNED 6
#define EXC_STORE_ACCESS     7
#define EXC_USER_ECALL       8
#define EXC_INST_PAGE        12
#define EXC_LOAD_PAGE        13
#define EXC_STORE_PAGE       15

#define SCAUSE_NONE 0xffffffffffffffff // in a frame: what the trap was for has been dealt with

#ifndef __ASSEMBLER__

#define CSR_TEXT_OF(name) #name
#define CSR_TEXT(name)    CSR_TEXT_OF(name) // of what the macro `name` stands for

// Read CSR `name` (a bare identifier, or a number under a name).
#define csr_read(name)                                                                             \
    ({                                                                                             \
        unsigned long csr_value;                                                                   \
        __asm__ volatile("csrr %0, " CSR_TEXT(name) : "=r"(csr_value)::"memory");                  \
        csr_value;                                                                                 \
    })

// Write, set bits of, or clear bits of CSR `name`.
#define csr_write(name, value)                                                                     \
    __asm__ volatile("csrw " CSR_TEXT(name) ", %0" ::"rK"(value) : "memory")
#define csr_set(name, bits) __asm__ volatile("csrs " CSR_TEXT(name) ", %0" ::"rK"(bits) : "memory")
#define csr_clear(name, bits)                                                                      \
    __asm__ volatile("csrc " CSR_TEXT(name) ", %0" ::"rK"(bits) : "memory")

// Clear `bits` of CSR `name` and return its old value, in one instruction.
#define csr_read_clear(name, bits)                                                                 \
    ({                                                                                             \
        unsigned long csr_value;                                                                   \
        __asm__ volatile("csrrc %0, " CSR_TEXT(name) ", %1"                                        \
                         : "=r"(csr_value)                                                         \
                         : "rK"(bits)                                                              \
                         : "memory");                                                              \
        csr_value;                                                                                 \
    })

#endif
