// SPDX-License-Identifier: MIT
// kernel/riscv/sv39.h - page-table entries and satp. Shared with assembly, so only macros.
//
// Source: Privileged ISA 1.12, "Sv39: Page-Based 39-bit Virtual-Memory System".
#pragma once

#define PTE_V         0x01
#define PTE_R         0x02
#define PTE_W         0x04
#define PTE_X         0x08
#define PTE_U         0x10
#define PTE_G         0x20
#define PTE_A         0x40
#define PTE_D         0x80
#define PTE_LEAF      (PTE_R | PTE_W | PTE_X)
#define PTE_PPN_SHIFT 10
#define PTE_PPN_MASK  0x003ffffffffffc00

#define SV39_LEVELS      3
#define SV39_INDEX_BITS  9
#define SV39_TABLE_SLOTS 512
#define SV39_MEGA_SHIFT  21
#define SV39_GIGA_SHIFT  30
#define SATP_MODE_SV39   0x8000000000000000
#define SATP_PPN_MASK    0x00000fffffffffff
#define SATP_ASID_SHIFT  44
#define SATP_ASID_MASK   0xffff // once shifted
